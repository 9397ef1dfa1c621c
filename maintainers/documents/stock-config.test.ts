import { createRequire } from 'node:module';
import path from 'node:path';
import get from 'lodash/get';
import isPlainObject from 'lodash/isPlainObject';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/*
 * Our config/ has everything that create-strapi-app gives to a new TypeScript app. A setting that ours
 * lacked would change how Strapi behaves, as `upload.config.security` once did.
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
  'plugins.users-permissions.config.sessions.httpOnly': 'REFRESH_TOKEN_TRANSPORT has its place',
  'database.connection.connection.filename': 'DATABASE_FILENAME may be absolute',
  'database.connection.connection.password': 'no password is assumed',
  'database.connection.acquireConnectionTimeout': 'SQLite has one connection, and Strapi a default',
};

const SECRETS = ['ADMIN_JWT_SECRET', 'API_TOKEN_SALT', 'TRANSFER_TOKEN_SALT', 'ENCRYPTION_KEY'];

const load = async (folder: string, file: string): Promise<unknown> => {
  const { default: config } = (await import(path.join(folder, `${file}.ts`))) as {
    default: unknown;
  };
  return typeof config === 'function' ? config({ env }) : config;
};

/** The paths of all values in a configuration. Lists count as one value, functions as none. */
const leavesOf = (value: unknown, place: string[] = []): string[][] =>
  isPlainObject(value)
    ? Object.entries(value as object).flatMap(([key, child]) => leavesOf(child, [...place, key]))
    : [place];

afterEach(() => vi.unstubAllEnvs());

describe.each(['sqlite', 'postgres', 'mysql'])('with DATABASE_CLIENT=%s', (client) => {
  it.each(['admin', 'api', 'database', 'plugins', 'server'])(
    'config/%s.ts has what that of a new app has',
    async (file) => {
      vi.stubEnv('DATABASE_CLIENT', client);
      vi.stubEnv('DATABASE_SSL', 'true');
      vi.stubEnv('APP_KEYS', 'one,two');
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

it('config/middlewares.ts has the middlewares of a new app, in their order', async () => {
  const namesOf = (list: unknown): string[] =>
    (list as (string | { name: string })[]).map((entry) =>
      typeof entry === 'string' ? entry : entry.name,
    );
  const stock = namesOf(await load(stockFolder, 'middlewares'));
  const ours = namesOf(await load(path.join(projectRoot, 'config'), 'middlewares'));

  expect(ours.filter((name) => stock.includes(name))).toEqual(stock);
});
