import type { Core } from '@strapi/strapi';
import { environmentValues } from '../src/extensions/users-permissions/refresh-tokens/settings/environment-values';

const admin = (): Core.Config.Admin => {
  const values = environmentValues();
  return {
    // A missing secret stops the boot a moment later: `settings/settings.ts` of the extension names it.
    auth: { secret: values.ADMIN_JWT_SECRET ?? '' },
    apiToken: { salt: values.API_TOKEN_SALT ?? '' },
    transfer: { token: { salt: values.TRANSFER_TOKEN_SALT ?? '' } },
    secrets: { encryptionKey: values.ENCRYPTION_KEY },
    flags: {
      nps: values.FLAG_NPS,
      promoteEE: values.FLAG_PROMOTE_EE,
      docLinks: values.FLAG_DOC_LINKS,
    },
  };
};

export default admin;
