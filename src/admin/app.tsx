import type { StrapiApp } from '@strapi/strapi/admin';
import { registerSessions } from './sessions/register';
import { translations } from './sessions/translations';

export default {
  config: { locales: Object.keys(translations), translations },
  register(app: StrapiApp) {
    registerSessions(app);
  },
};
