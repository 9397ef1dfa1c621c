import type { Core } from '@strapi/strapi';
import { refuseUnreadableBody } from './unreadable-body';

type Middlewares = Core.Config.Middlewares;

/** What our middlewares ask of Strapi's own. */
const OPTIONS: Readonly<Record<string, object>> = {
  'strapi::cors': {
    // Strapi's default answers every origin with credentials; this one only those of CLIENT_ORIGINS.
    origin: () => strapi.plugin('users-permissions').service('settings').clientOrigins,
    headers: [
      'Content-Type',
      'Authorization',
      'Origin',
      'Accept',
      'Idempotency-Key',
      'x-strapi-refresh-cookie',
    ],
    expose: ['Retry-After'],
  },
  'strapi::body': { onError: refuseUnreadableBody },
};

const nameOf = (entry: Middlewares[number]): string =>
  (typeof entry === 'string' ? entry : 'name' in entry && entry.name) || '';

const withOptions = (entry: Middlewares[number]): Middlewares[number] => {
  const options = OPTIONS[nameOf(entry)];
  if (!options) return entry;
  const own = typeof entry === 'object' && 'config' in entry ? entry.config : {};
  return { name: nameOf(entry), config: { ...options, ...(own as object) } };
};

/**
 * The middlewares of `config/middlewares.ts` with ours around the body parser, and with what ours
 * need of `strapi::cors` and `strapi::body`. Options of your own win.
 */
export const withRefreshTokens = (middlewares: Middlewares): Middlewares =>
  middlewares.flatMap((entry) =>
    nameOf(entry) === 'strapi::body'
      ? [
          'plugin::users-permissions.refuseMultipart',
          withOptions(entry),
          'plugin::users-permissions.requireWellFormedText',
        ]
      : [withOptions(entry)],
  );
