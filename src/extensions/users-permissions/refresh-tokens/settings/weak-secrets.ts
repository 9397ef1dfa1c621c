import type { Environment } from './settings';

/** In characters. Strapi generates secrets of 24. */
const MINIMUM_LENGTH = 16;
const MINIMUM_DISTINCT_CHARACTERS = 6;

/** Strapi's secrets that sign something, and what somebody can do who guesses one. */
const FORGERIES: Readonly<Record<string, string>> = {
  ADMIN_JWT_SECRET: 'log in as an administrator',
  APP_KEYS: "forge the cookie of Strapi's session middleware",
};

const isWeak = (secret: string): boolean =>
  secret.length < MINIMUM_LENGTH || new Set(secret).size < MINIMUM_DISTINCT_CHARACTERS;

/**
 * Returns a warning for each secret of Strapi that can be guessed: HMAC keys can be tried without the server.
 * They do not stop the boot: an existing deployment may have them.
 */
export const weakSecretWarnings = (environment: Environment): string[] =>
  Object.entries(FORGERIES)
    .filter(([name]) => environment[name]?.split(',').some((secret) => isWeak(secret.trim())))
    .map(
      ([name, forgery]) =>
        `${name} is easy to guess, and whoever does can ${forgery}: ` +
        'set 32 random characters (openssl rand -base64 32).',
    );
