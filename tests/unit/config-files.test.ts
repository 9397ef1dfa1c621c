import without from 'lodash/without';
import { afterEach, describe, expect, it, vi } from 'vitest';
import admin from '../../config/admin';
import database from '../../config/database';
import middlewares from '../../config/middlewares';
import server from '../../config/server';
import {
  variableGroups,
  type Environment,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';

const names = [
  // The extension reads these, not a config file.
  ...without(Object.keys(variableGroups.Server.shape), 'SHUTDOWN_TIMEOUT', 'WEBHOOK_SECRET'),
  ...Object.keys(variableGroups.Database.shape),
];

/** Returns the config of the four files for an environment, as text without functions. */
const configOf = (environment: Environment): string => {
  for (const name of names) vi.stubEnv(name, environment[name]);
  return JSON.stringify([admin(), server(), database(), middlewares()]);
};

afterEach(() => vi.unstubAllEnvs());

/** A value of each variable that changes the config; those of the database need its client. */
const VALUES: Readonly<Record<string, string>> = {
  HOST: '127.0.0.1',
  PORT: '4000',
  PUBLIC_URL: 'https://api.example.com',
  IS_PROXIED: 'true',
  TRUSTED_PROXIES: '2',
  CLIENT_ADDRESS_HEADER: 'CF-Connecting-IP',
  METRICS_PORT: '9464',
  APP_KEYS: 'one-key-of-the-cookies,another-key-of-the-cookies',
  ADMIN_JWT_SECRET: 'a-secret-of-the-admin-panel',
  API_TOKEN_SALT: 'a-salt-of-api-tokens',
  TRANSFER_TOKEN_SALT: 'a-salt-of-transfer-tokens',
  ENCRYPTION_KEY: 'a-key-that-encrypts-tokens',
  FLAG_NPS: 'false',
  FLAG_PROMOTE_EE: 'false',
  FLAG_DOC_LINKS: 'false',
  WEBHOOKS_POPULATE_RELATIONS: 'true',
  DATABASE_HOST: 'db.example.com',
  DATABASE_PORT: '6000',
  DATABASE_NAME: 'shop',
  DATABASE_USERNAME: 'shop-user',
  DATABASE_PASSWORD: 'a-password',
  DATABASE_SSL_REJECT_UNAUTHORIZED: 'false',
  DATABASE_SSL_CA: 'a-ca',
  DATABASE_SSL_CAPATH: '/certificates',
  DATABASE_SSL_KEY: 'a-client-key',
  DATABASE_SSL_CERT: 'a-certificate',
  DATABASE_SSL_CIPHER: 'HIGH',
  DATABASE_POOL_MIN: '3',
  DATABASE_POOL_MAX: '7',
  DATABASE_CONNECTION_TIMEOUT: '5000',
};

const cases: readonly (readonly [string, string, Environment])[] = [
  ...Object.entries(VALUES).map(
    ([name, value]) =>
      [
        name,
        value,
        name.startsWith('DATABASE_') ? { DATABASE_CLIENT: 'mysql', DATABASE_SSL: 'true' } : {},
      ] as const,
  ),
  ['DATABASE_CLIENT', 'postgres', {}],
  ['DATABASE_CLIENT', 'mysql', {}],
  ['DATABASE_FILENAME', 'other.db', {}],
  ['DATABASE_SSL', 'true', { DATABASE_CLIENT: 'postgres' }],
  ['DATABASE_SCHEMA', 'shop', { DATABASE_CLIENT: 'postgres' }],
  ['DATABASE_URL', 'postgres://db.example.com/shop', { DATABASE_CLIENT: 'postgres' }],
  ['DATABASE_URL', 'mysql://db.example.com/shop', { DATABASE_CLIENT: 'mysql' }],
];

describe('the config files', () => {
  it('are tested with each of their variables', () => {
    expect([...new Set(cases.map(([name]) => name))].sort()).toEqual([...names].sort());
  });

  // A carriage return comes from a file with the line ends of Windows.
  it.each(cases)('read %s=%s, with spaces and a carriage return, too', (name, value, others) => {
    const config = configOf({ ...others, [name]: value });

    expect(config).not.toBe(configOf(others));
    expect(configOf({ ...others, [name]: ` ${value} \r` })).toBe(config);
  });

  it.each(cases)('treat an empty %s as unset', (name, _value, others) => {
    expect(configOf({ ...others, [name]: '' })).toBe(configOf(others));
  });
});
