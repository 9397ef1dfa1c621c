import type { Core } from '@strapi/strapi';
import isEqual from 'lodash/isEqual';
import ms from 'ms';
import type { Settings } from '../settings/settings';

/** The settings that are not safe, or weaker, while instances with different values run. */
interface SharedSettings {
  readonly cookieName: string;
  /** In milliseconds. */
  readonly leeway: number;
  readonly transport: Settings['transport'];
  readonly isRedisUsed: boolean;
}

const RECORD = { type: 'core', name: 'starter', key: 'settings-of-last-boot' };

const warningsOf = (before: SharedSettings, now: SharedSettings): string[] => [
  ...(before.cookieName === now.cookieName
    ? []
    : [
        `REFRESH_COOKIE_NAME is ${now.cookieName}, and was ${before.cookieName}: each instance reads only its own cookie, and browsers log in again`,
      ]),
  ...(before.leeway === now.leeway
    ? []
    : [
        `REFRESH_TOKEN_LEEWAY is ${ms(now.leeway)}, and was ${ms(before.leeway)}: while instances with both run, the shorter one holds`,
      ]),
  ...(before.transport === now.transport
    ? []
    : [
        `REFRESH_TOKEN_TRANSPORT is ${now.transport}, and was ${before.transport}: logins without the header x-strapi-refresh-cookie get another answer`,
      ]),
  ...(before.isRedisUsed && !now.isRedisUsed
    ? ['REDIS_URL is not set, and was set: this instance counts its rate limits alone']
    : []),
];

/**
 * Logs a warning for each setting that should be the same on all instances, and differs from the last boot
 * on this database: a deployment is changing it, or an instance was forgotten (docs/deploying.md, "Changing
 * settings while instances run").
 */
export const warnOfChangedSettings = async (
  strapi: Core.Strapi,
  { cookie, leeway, transport, redisUrl }: Settings,
): Promise<void> => {
  const now: SharedSettings = {
    cookieName: cookie.name,
    leeway,
    transport,
    isRedisUsed: redisUrl !== undefined,
  };
  const before = (await strapi.store.get(RECORD)) as SharedSettings | null;
  if (isEqual(before, now)) return;
  for (const warning of before ? warningsOf(before, now) : []) {
    strapi.log.warn(`At the last boot on this database another value was set. ${warning}.`);
  }
  await strapi.store.set({ ...RECORD, value: now });
};
