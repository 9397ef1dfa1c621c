import type { Core } from '@strapi/strapi';
import { grantOnce } from './extensions/users-permissions/refresh-tokens/strapi/grant-once';

interface Email {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Shows e-mails in the terminal instead of sending them: `sendmail` reaches no mailbox from most machines. */
const showEmails = (strapi: Core.Strapi) => {
  strapi.plugin('email').provider = {
    // Not through the log, which may be kept: a code to reset a password is a secret.
    async send({ to, subject, text }: Email) {
      process.stdout.write(`\nE-mail to ${to}: ${subject}\n${text}\n\n`);
    },
  };
};

export default {
  /**
   * Grants logged-in users the permissions of the example API, once: at the first boot. In development it also shows
   * e-mails in the terminal, until `config/plugins.ts` has another provider.
   */
  async bootstrap({ strapi }: { strapi: Core.Strapi }) {
    const isDefault = strapi.config.get('plugin::email.provider') === 'sendmail';
    if (isDefault && process.env.NODE_ENV === 'development') showEmails(strapi);
    await grantOnce(strapi, {
      key: 'photo',
      role: 'authenticated',
      actions: ['find', 'findOne', 'create', 'update', 'delete'].map(
        (action) => `api::photo.photo.${action}`,
      ),
    });
  },
};
