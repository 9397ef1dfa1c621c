import { randomBytes } from 'node:crypto';

const secret = () => randomBytes(32).toString('base64url');

/** The same variables for every variant: each reads those that it knows. */
export const createEnvironment = () => ({
  NODE_ENV: 'production',
  // A path that cannot exist: dotenv must find nothing.
  ENV_PATH: '/dev/null/none',
  STRAPI_TELEMETRY_DISABLED: 'true',
  HOST: '127.0.0.1',
  PORT: '0',
  APP_KEYS: `${secret()},${secret()}`,
  JWT_SECRET: secret(),
  REFRESH_SECRET: secret(),
  ADMIN_JWT_SECRET: secret(),
  API_TOKEN_SALT: secret(),
  TRANSFER_TOKEN_SALT: secret(),
  ENCRYPTION_KEY: secret(),
  // Longer than a run.
  JWT_SECRET_EXPIRES: '1h',
  REFRESH_TOKEN_EXPIRES: '2d',
  REFRESH_TOKEN_TRANSPORT: 'body',
  // Each refresh rotates: within a leeway most of them would be repeats.
  REFRESH_TOKEN_LEEWAY: '0s',
  AUTH_RATE_LIMIT_MAX: '0',
  REFRESH_RATE_LIMIT_MAX: '0',
});
