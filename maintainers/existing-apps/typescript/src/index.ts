import type { Core } from '@strapi/strapi';

export default {
  bootstrap({ strapi }: { strapi: Core.Strapi }) {
    strapi.db.lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeUpdate({ params }) {
        if (params.data.username?.startsWith('spam')) params.data.blocked = true;
      },
    });
  },
};
