'use strict';

module.exports = {
  bootstrap({ strapi }) {
    strapi.db.lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeUpdate({ params }) {
        if (params.data.username?.startsWith('spam')) params.data.blocked = true;
      },
    });
  },
};
