import type { Core } from '@strapi/strapi';
import mapValues from 'lodash/mapValues';

type Env = Core.Config.Shared.ConfigParams['env'];

const isSet = (name: string): boolean => Boolean(process.env[name]?.trim());

/**
 * Returns Strapi's `env` reader with one change: an empty variable (`DATABASE_PORT=`) counts as unset, as
 * it does in `settings.ts`. Strapi's own reads "" or `NaN`.
 */
export const unsetWhenEmpty = (env: Env): Env => {
  type Read = (name: string, fallback?: unknown) => unknown;
  const wrap =
    (read: Read): Read =>
    (name, fallback) =>
      isSet(name) ? read(name, fallback) : fallback;

  const readers = mapValues(env as unknown as Record<string, Read>, wrap);
  return Object.assign(wrap(env as Read), readers) as unknown as Env;
};
