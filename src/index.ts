import type { Core } from '@strapi/strapi';
import { grantOnce } from './bootstrap/grant-once';

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
    // Databases made before Strapi 4.3 lack this one; Strapi adds it to new databases only.
    await grantOnce(strapi, {
      key: 'change-password',
      role: 'authenticated',
      actions: ['plugin::users-permissions.auth.changePassword'],
    });
  },
};
