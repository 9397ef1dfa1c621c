import { withRefreshTokens } from '../src/extensions/users-permissions/refresh-tokens/http/global-middlewares';

const middlewares = () =>
  withRefreshTokens([
    'strapi::logger',
    'strapi::errors',
    'strapi::security',
    'strapi::cors',
    'strapi::poweredBy',
    'strapi::query',
    'strapi::body',
    'strapi::session',
    'strapi::favicon',
    'strapi::public',
  ]);

export default middlewares;
