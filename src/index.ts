import type { Core } from '@strapi/strapi';
import { grantOnce } from './extensions/users-permissions/refresh-tokens/strapi/grant-once';

export default {
  /** Grants logged-in users the permissions of the example API, once: at the first boot. */
  async bootstrap({ strapi }: { strapi: Core.Strapi }) {
    await grantOnce(strapi, {
      key: 'photo',
      role: 'authenticated',
      actions: ['find', 'findOne', 'create', 'update', 'delete'].map(
        (action) => `api::photo.photo.${action}`,
      ),
    });
  },
};
