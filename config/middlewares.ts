import type { Core } from '@strapi/strapi';
import { refuseUnreadableBody } from '../src/http/unreadable-body';

const middlewares: Core.Config.Middlewares = [
  'strapi::logger',
  'strapi::errors',
  'strapi::security',
  {
    name: 'strapi::cors',
    config: {
      // Strapi's default answers every origin with credentials; this one only those of CLIENT_ORIGINS.
      origin: () => strapi.plugin('users-permissions').service('settings').clientOrigins,
      headers: ['Content-Type', 'Authorization', 'Origin', 'Accept', 'x-strapi-refresh-cookie'],
      expose: ['Retry-After'],
    },
  },
  'strapi::poweredBy',
  'strapi::query',
  'plugin::users-permissions.refuseMultipart',
  { name: 'strapi::body', config: { onError: refuseUnreadableBody } },
  'plugin::users-permissions.requireWellFormedText',
  'strapi::session',
  'strapi::favicon',
  'strapi::public',
];

export default middlewares;
