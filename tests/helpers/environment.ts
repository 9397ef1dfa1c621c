import { randomBytes } from 'node:crypto';
import type { DatabaseVariables } from './databases';

const secret = (): string => randomBytes(32).toString('base64url');

/**
 * The environment of a server under test: complete, and independent of the developer's.
 *
 * @param database the variables of its database; without them it is not for booting
 */
export const testEnvironment = (database: DatabaseVariables = {}): Record<string, string> => ({
  NODE_ENV: 'test',
  // A path that cannot exist: dotenv must find nothing.
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
