import path from 'node:path';
import type { Core } from '@strapi/strapi';
import { unsetWhenEmpty } from '../src/extensions/users-permissions/refresh-tokens/settings/unset-when-empty';

type Env = Core.Config.Shared.ConfigParams['env'];

interface SqliteConnection {
  pragma(statement: string): unknown;
}

const POSTGRES_PORT = 5432;
const MYSQL_PORT = 3306;

const projectRoot = path.join(__dirname, '..', '..');

const sqlite = (env: Env): Core.Config.Database<'sqlite'>['connection'] => ({
  client: 'sqlite',
  // `resolve`, not `join`: an absolute DATABASE_FILENAME stays absolute.
  connection: { filename: path.resolve(projectRoot, env('DATABASE_FILENAME', '.tmp/data.db')) },
  useNullAsDefault: true,
  pool: {
    afterCreate: (connection, done) => {
      const sqliteConnection = connection as SqliteConnection;
      // With WAL, readers do not wait for a writer, nor a writer for readers (sqlite.org/wal.html).
      sqliteConnection.pragma('journal_mode = WAL');
      // Far fewer disk syncs. After a power loss the last commits may be missing, but the file is intact.
      sqliteConnection.pragma('synchronous = NORMAL');
      done(undefined, connection);
    },
  },
});

const ssl = (env: Env) =>
  env.bool('DATABASE_SSL', false) && {
    key: env('DATABASE_SSL_KEY'),
    cert: env('DATABASE_SSL_CERT'),
    ca: env('DATABASE_SSL_CA'),
    capath: env('DATABASE_SSL_CAPATH'),
    cipher: env('DATABASE_SSL_CIPHER'),
    rejectUnauthorized: env.bool('DATABASE_SSL_REJECT_UNAUTHORIZED', true),
  };

const serverParts = (env: Env, defaultPort: number) => ({
  host: env('DATABASE_HOST', 'localhost'),
  port: env.int('DATABASE_PORT', defaultPort),
  database: env('DATABASE_NAME', 'strapi'),
  user: env('DATABASE_USERNAME', 'strapi'),
  password: env('DATABASE_PASSWORD', ''),
});

/**
 * Splits the URL of a MySQL server, because mysql2 ignores `connectionString`. An invalid URL counts as
 * unset here and stops the boot a moment later: `settings/settings.ts` of the extension names it.
 */
const partsOfUrl = (text: string | undefined): ReturnType<typeof serverParts> | undefined => {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { hostname, port, pathname, username, password } = new URL(text);
  return {
    host: hostname,
    port: Number(port) || MYSQL_PORT,
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
};

const pool = (env: Env) => ({
  min: env.int('DATABASE_POOL_MIN', 2),
  max: env.int('DATABASE_POOL_MAX', 10),
});

const postgres = (env: Env): Core.Config.Database<'postgres'>['connection'] => ({
  client: 'postgres',
  connection: {
    connectionString: env('DATABASE_URL'),
    ...serverParts(env, POSTGRES_PORT),
    ssl: ssl(env),
    schema: env('DATABASE_SCHEMA', 'public'),
  },
  pool: pool(env),
  acquireConnectionTimeout: env.int('DATABASE_CONNECTION_TIMEOUT', 60000),
});

const mysql = (env: Env): Core.Config.Database<'mysql'>['connection'] => ({
  client: 'mysql',
  connection: {
    ...(partsOfUrl(env('DATABASE_URL')) ?? serverParts(env, MYSQL_PORT)),
    ssl: ssl(env),
  },
  pool: pool(env),
  acquireConnectionTimeout: env.int('DATABASE_CONNECTION_TIMEOUT', 60000),
});

const database = ({ env: read }: Core.Config.Shared.ConfigParams): Core.Config.Database => {
  const env = unsetWhenEmpty(read);
  switch (env('DATABASE_CLIENT', 'sqlite')) {
    case 'postgres':
      return { connection: postgres(env) };
    case 'mysql':
      return { connection: mysql(env) };
    default:
      // An unknown client stops the boot a moment later: `settings/settings.ts` of the extension names it.
      return { connection: sqlite(env) };
  }
};

export default database;
