import type { Core } from '@strapi/strapi';
import compact from 'lodash/compact';
import { environmentValues } from '../settings/environment-values';
import { refuseUnreadableBody } from './unreadable-body';

type Middlewares = Core.Config.Middlewares;

/** Returns the options that Strapi's own middlewares need, by name. */
const ownOptions = (): Readonly<Record<string, object>> => ({
  'strapi::cors': {
    // Strapi's default allows credentials for every origin (`@strapi/core/dist/middlewares/cors.js`).
    origin: () => strapi.plugin('users-permissions').service('settings').clientOrigins,
    headers: [
      'Content-Type',
      'Authorization',
      'Origin',
      'Accept',
      'Idempotency-Key',
      'x-strapi-refresh-cookie',
      ...(environmentValues().CLIENT_HEADERS ?? []),
    ],
    expose: ['Retry-After'],
  },
  'strapi::body': { onError: refuseUnreadableBody },
});

const nameOf = (entry: Middlewares[number]): string =>
  (typeof entry === 'string' ? entry : 'name' in entry && entry.name) || '';

const withOptions = (entry: Middlewares[number]): Middlewares[number] => {
  const options = ownOptions()[nameOf(entry)];
  if (!options) return entry;
  const own = typeof entry === 'object' && 'config' in entry ? entry.config : {};
  return { name: nameOf(entry), config: { ...options, ...(own as object) } };
};

/** Our middlewares, by the name of the one of Strapi that they stand beside. */
const OWN: Readonly<Record<string, { readonly before?: string; readonly after?: string }>> = {
  'strapi::logger': { after: 'plugin::users-permissions.hideQuery' },
  'strapi::body': {
    before: 'plugin::users-permissions.refuseMultipart',
    after: 'plugin::users-permissions.requirePlainText',
  },
};

const withOwn = (entry: Middlewares[number]): Middlewares => {
  const { before, after } = OWN[nameOf(entry)] ?? {};
  return compact([before, withOptions(entry), after]);
};

/**
 * Returns the list of `config/middlewares.ts` with our middlewares beside the logger and the body parser,
 * and with the options that `strapi::cors` and `strapi::body` need. An option that the list sets
 * itself is kept. With `METRICS_PORT` every request is measured.
 */
export const withRefreshTokens = (middlewares: Middlewares): Middlewares => [
  ...(environmentValues().METRICS_PORT ? ['plugin::users-permissions.measureRequests'] : []),
  ...middlewares.flatMap(withOwn),
];
