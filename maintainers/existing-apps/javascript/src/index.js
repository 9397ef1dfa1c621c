'use strict';

const DISPOSABLE = ['mailinator.example', 'trash.example'];

module.exports = {
  register() {},

  bootstrap({ strapi }) {
    // Whoever changes to a disposable address is blocked at once.
    strapi.db.lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeUpdate({ params: { data } }) {
        const [, domain] = (data.email || '').split('@');
        if (DISPOSABLE.includes(domain)) data.blocked = true;
      },
    });
  },
};
