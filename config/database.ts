import { createRequire } from 'node:module';
import path from 'node:path';
import type { Core } from '@strapi/strapi';
import { environmentValues } from '../src/extensions/users-permissions/refresh-tokens/settings/environment-values';

type Values = ReturnType<typeof environmentValues>;

interface SqliteConnection {
  pragma(statement: string): unknown;
}

const POSTGRES_PORT = 5432;
const MYSQL_PORT = 3306;

const projectRoot = path.join(__dirname, '..', '..');

/** Without this, Strapi's query builder would say to install the driver, and not why it cannot be loaded. */
const requireSqliteDriver = (): void => void createRequire(__filename)('better-sqlite3');

const sqlite = (values: Values): Core.Config.Database<'sqlite'>['connection'] => ({
  client: 'sqlite',
  // `resolve`, not `join`: an absolute DATABASE_FILENAME stays absolute.
  connection: { filename: path.resolve(projectRoot, values.DATABASE_FILENAME) },
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

const ssl = (values: Values) =>
  values.DATABASE_SSL && {
    key: values.DATABASE_SSL_KEY,
    cert: values.DATABASE_SSL_CERT,
    ca: values.DATABASE_SSL_CA,
    capath: values.DATABASE_SSL_CAPATH,
    cipher: values.DATABASE_SSL_CIPHER,
    rejectUnauthorized: values.DATABASE_SSL_REJECT_UNAUTHORIZED,
  };

const serverParts = (values: Values, defaultPort: number) => ({
  host: values.DATABASE_HOST,
  port: values.DATABASE_PORT ?? defaultPort,
  database: values.DATABASE_NAME,
  user: values.DATABASE_USERNAME,
  password: values.DATABASE_PASSWORD ?? '',
});

/** Splits the URL of a MySQL server, because mysql2 ignores `connectionString`. */
const partsOfUrl = (text: string | undefined): ReturnType<typeof serverParts> | undefined => {
  if (text === undefined) return undefined;
  const { hostname, port, pathname, username, password } = new URL(text);
  return {
    host: hostname,
    port: Number(port) || MYSQL_PORT,
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
};

const pool = (values: Values) => ({
  min: values.DATABASE_POOL_MIN,
  max: values.DATABASE_POOL_MAX,
});

const postgres = (values: Values): Core.Config.Database<'postgres'>['connection'] => ({
  client: 'postgres',
  connection: {
    connectionString: values.DATABASE_URL,
    ...serverParts(values, POSTGRES_PORT),
    ssl: ssl(values),
    schema: values.DATABASE_SCHEMA,
  },
  pool: pool(values),
  acquireConnectionTimeout: values.DATABASE_CONNECTION_TIMEOUT,
});

const mysql = (values: Values): Core.Config.Database<'mysql'>['connection'] => ({
  client: 'mysql',
  connection: {
    ...(partsOfUrl(values.DATABASE_URL) ?? serverParts(values, MYSQL_PORT)),
    ssl: ssl(values),
  },
  pool: pool(values),
  acquireConnectionTimeout: values.DATABASE_CONNECTION_TIMEOUT,
});

const database = (): Core.Config.Database => {
  const values = environmentValues();
  switch (values.DATABASE_CLIENT) {
    case 'postgres':
      return { connection: postgres(values) };
    case 'mysql':
      return { connection: mysql(values) };
    case 'sqlite':
      requireSqliteDriver();
      return { connection: sqlite(values) };
  }
};

export default database;
