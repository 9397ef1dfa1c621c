import { randomBytes } from 'node:crypto';

const secret = (): string => randomBytes(32).toString('base64url');

/** The environment of a server under test: complete, and independent of the developer's `.env`. */
export const testEnvironment = (databaseFile: string): Record<string, string> => ({
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
  DATABASE_CLIENT: 'sqlite',
  DATABASE_FILENAME: databaseFile,
  AUTH_RATE_LIMIT_MAX: '0',
  REFRESH_RATE_LIMIT_MAX: '0',
});
