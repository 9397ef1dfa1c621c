import type { Core } from '@strapi/strapi';
import mapValues from 'lodash/mapValues';

type Env = Core.Config.Shared.ConfigParams['env'];

const isSet = (name: string): boolean => Boolean(process.env[name]?.trim());

/**
 * Strapi's `env` reader, except that a variable set to nothing (`DATABASE_PORT=`) counts as unset,
 * as it does for the settings of users-permissions. By itself it reads "" or `NaN`.
 */
export const unsetWhenEmpty = (env: Env): Env => {
  type Read = (name: string, fallback?: unknown) => unknown;
  const reading =
    (read: Read): Read =>
    (name, fallback) =>
      isSet(name) ? read(name, fallback) : fallback;

  const readers = mapValues(env as unknown as Record<string, Read>, reading);
  return Object.assign(reading(env as Read), readers) as unknown as Env;
};
