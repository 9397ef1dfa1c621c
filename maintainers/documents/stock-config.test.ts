import { createRequire } from 'node:module';
import path from 'node:path';
import get from 'lodash/get';
import isPlainObject from 'lodash/isPlainObject';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/*
 * Compares config/ with the files that create-strapi-app creates for a new TypeScript app. A missing setting
 * would change how Strapi behaves: `upload.config.security`, for instance.
 */

const require = createRequire(import.meta.url);
const { env } = require('@strapi/utils') as { env: unknown };

const stockFolder = path.join(
  path.dirname(require.resolve('create-strapi-app/package.json')),
  'templates/vanilla/config',
);

/** The settings that differ on purpose, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'plugins.users-permissions.config.jwtManagement': 'the extension issues the tokens',
  'plugins.users-permissions.config.sessions.httpOnly': 'REFRESH_TOKEN_TRANSPORT replaces it',
  'database.connection.connection.filename': 'DATABASE_FILENAME may be absolute',
  'database.connection.connection.password': 'there is no default password',
  'database.connection.acquireConnectionTimeout': 'not set for SQLite, which has one connection',
};

const SECRETS = ['ADMIN_JWT_SECRET', 'API_TOKEN_SALT', 'TRANSFER_TOKEN_SALT', 'ENCRYPTION_KEY'];

const load = async (folder: string, file: string): Promise<unknown> => {
  const { default: config } = (await import(path.join(folder, `${file}.ts`))) as {
    default: unknown;
  };
  return typeof config === 'function' ? config({ env }) : config;
};

/** Returns the paths of all values in a configuration. A list or a function is one value. */
const leavesOf = (value: unknown, keys: string[] = []): string[][] =>
  isPlainObject(value)
    ? Object.entries(value as object).flatMap(([key, child]) => leavesOf(child, [...keys, key]))
    : [keys];

afterEach(() => vi.unstubAllEnvs());

describe.each(['sqlite', 'postgres', 'mysql'])('with DATABASE_CLIENT=%s', (client) => {
  it.each(['admin', 'api', 'database', 'plugins', 'server'])(
    'config/%s.ts has all settings of a new app',
    async (file) => {
      vi.stubEnv('DATABASE_CLIENT', client);
      vi.stubEnv('DATABASE_SSL', 'true');
      vi.stubEnv('APP_KEYS', 'one-key-of-the-cookies,two-key-of-the-cookies');
      for (const name of SECRETS) vi.stubEnv(name, `a ${name}`);
      for (const name of ['KEY', 'CERT', 'CA', 'CAPATH', 'CIPHER']) {
        vi.stubEnv(`DATABASE_SSL_${name}`, `a ${name}`);
      }
      const stock = await load(stockFolder, file);
      const ours = await load(path.join(projectRoot, 'config'), file);

      const leaves = leavesOf(stock).filter((leaf) => !([file, ...leaf].join('.') in DIFFERENT));
      expect(leaves.length).toBeGreaterThan(0);
      for (const leaf of leaves) expect(get(ours, leaf), leaf.join('.')).toEqual(get(stock, leaf));
    },
  );
});

it('config/middlewares.ts has the middlewares of a new app, in the same order', async () => {
  const namesOf = (list: unknown): string[] =>
    (list as (string | { name: string })[]).map((entry) =>
      typeof entry === 'string' ? entry : entry.name,
    );
  const stock = namesOf(await load(stockFolder, 'middlewares'));
  const ours = namesOf(await load(path.join(projectRoot, 'config'), 'middlewares'));

  expect(ours.filter((name) => stock.includes(name))).toEqual(stock);
});
