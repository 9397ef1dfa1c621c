import { randomBytes } from 'node:crypto';
import type { DatabaseVariables } from './databases';

const secret = (): string => randomBytes(32).toString('base64url');

/**
 * Returns all environment variables of a server under test, independent of the developer's own.
 *
 * @param database the variables of its database; a server can only boot with them
 */
export const testEnvironment = (database: DatabaseVariables = {}): Record<string, string> => ({
  NODE_ENV: 'test',
  // No file can exist there, so dotenv loads nothing.
  ENV_PATH: '/dev/null/none',
  STRAPI_TELEMETRY_DISABLED: 'true',
  HOST: '127.0.0.1',
  APP_KEYS: `${secret()},${secret()}`,
  JWT_SECRET: secret(),
  REFRESH_SECRET: secret(),
  ADMIN_JWT_SECRET: secret(),
  API_TOKEN_SALT: secret(),
  TRANSFER_TOKEN_SALT: secret(),
  ENCRYPTION_KEY: secret(),
  DATABASE_URL: '',
  ...database,
  AUTH_RATE_LIMIT_MAX: '0',
  REFRESH_RATE_LIMIT_MAX: '0',
});
