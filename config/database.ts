import path from 'node:path';
import type { Core } from '@strapi/strapi';
import { unsetWhenEmpty } from '../src/environment/unset-when-empty';

type Env = Core.Config.Shared.ConfigParams['env'];

/** The part of a better-sqlite3 connection that is used here. */
interface SqliteConnection {
  pragma(statement: string): unknown;
}

const projectRoot = path.join(__dirname, '..', '..');

const sqlite = (env: Env): Core.Config.Database<'sqlite'>['connection'] => ({
  client: 'sqlite',
  // `resolve`, not `join`: an absolute DATABASE_FILENAME stays absolute.
  connection: { filename: path.resolve(projectRoot, env('DATABASE_FILENAME', '.tmp/data.db')) },
  useNullAsDefault: true,
  pool: {
    afterCreate: (connection, done) => {
      const sqliteConnection = connection as SqliteConnection;
      // Readers no longer wait for a writer, nor a writer for readers.
      sqliteConnection.pragma('journal_mode = WAL');
      // The usual companion of WAL: safe against a crash of the process, far fewer disk syncs.
      sqliteConnection.pragma('synchronous = NORMAL');
      done(undefined, connection);
    },
  },
});

const server = (env: Env, defaultPort: number, defaultUser: string) => ({
  connectionString: env('DATABASE_URL'),
  host: env('DATABASE_HOST', 'localhost'),
  port: env.int('DATABASE_PORT', defaultPort),
  database: env('DATABASE_NAME', 'strapi'),
  user: env('DATABASE_USERNAME', defaultUser),
  password: env('DATABASE_PASSWORD', 'strapi'),
  ssl: env.bool('DATABASE_SSL', false) && {
    rejectUnauthorized: env.bool('DATABASE_SSL_REJECT_UNAUTHORIZED', true),
  },
});

const pool = (env: Env) => ({
  min: env.int('DATABASE_POOL_MIN', 2),
  max: env.int('DATABASE_POOL_MAX', 10),
});

const postgres = (env: Env): Core.Config.Database<'postgres'>['connection'] => ({
  client: 'postgres',
  connection: {
    ...server(env, 5432, 'strapi'),
    schema: env('DATABASE_SCHEMA', 'public'),
  },
  pool: pool(env),
  acquireConnectionTimeout: env.int('DATABASE_CONNECTION_TIMEOUT', 60000),
});

const mysql = (env: Env): Core.Config.Database<'mysql'>['connection'] => ({
  client: 'mysql',
  connection: server(env, 3306, 'strapi'),
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
      // An unknown client is refused at boot by name, see the settings of users-permissions.
      return { connection: sqlite(env) };
  }
};

export default database;
