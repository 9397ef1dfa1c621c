import type { Core } from '@strapi/strapi';
import { grantOnce } from './bootstrap/grant-once';

export default {
  /** Gives logged-in users the example resource on the first boot. */
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
