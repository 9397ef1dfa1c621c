import type { Core } from '@strapi/strapi';
import { grantOnce } from './extensions/users-permissions/refresh-tokens/strapi/grant-once';

export default {
  /** Gives logged-in users, once, what they need to have from the first boot. */
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
