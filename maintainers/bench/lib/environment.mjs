import { randomBytes } from 'node:crypto';

const secret = () => randomBytes(32).toString('base64url');

/** Creates the environment variables of a server, with new secrets. All variants get the same variables. */
export const createEnvironment = () => ({
  NODE_ENV: 'production',
  // A path that cannot exist, so that no .env file is read.
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
  // Longer than a run takes.
  JWT_SECRET_EXPIRES: '1h',
  REFRESH_TOKEN_EXPIRES: '2d',
  REFRESH_TOKEN_TRANSPORT: 'body',
  // With a leeway most refreshes would be repeats, which write nothing.
  REFRESH_TOKEN_LEEWAY: '0s',
  AUTH_RATE_LIMIT_MAX: '0',
  REFRESH_RATE_LIMIT_MAX: '0',
});
