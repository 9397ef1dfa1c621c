import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, inject } from 'vitest';
import databaseUrls from './database-urls.json';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder for the files of this run, such as SQLite databases. */
    databaseDir: string;
    /** The prefix of the names of all databases that this run creates on a server. */
    databasePrefix: string;
  }
}

const CLIENTS = ['sqlite', 'postgres', 'mysql'] as const;

/** The values of `DATABASE_CLIENT`. */
export type DatabaseClient = (typeof CLIENTS)[number];

/** The environment variables `DATABASE_*`. */
export type DatabaseVariables = Record<string, string>;

const isClient = (name: string): name is DatabaseClient =>
  (CLIENTS as readonly string[]).includes(name);

const chosenClient = (): DatabaseClient => {
  const name = process.env.TEST_DATABASE ?? 'sqlite';
  if (!isClient(name)) throw new Error(`TEST_DATABASE must be one of ${CLIENTS.join(', ')}`);
  return name;
};

/** The database of this run, chosen by `TEST_DATABASE`. */
export const testDatabase = chosenClient();

/** `describe` for tests that run on these databases only. */
export const describeOn = (...clients: DatabaseClient[]) =>
  describe.runIf(clients.includes(testDatabase));

/** The part of `pg` that is used here. The package has no types. */
interface PostgresClient {
  connect(): Promise<void>;
  query(statement: string): Promise<{ rows: { name: string }[] }>;
  end(): Promise<void>;
}
const { Client } = createRequire(import.meta.url)('pg') as {
  Client: new (options: { connectionString: string }) => PostgresClient;
};

/** A server on which tests create databases. */
interface DatabaseServer {
  readonly url: string;
  readonly defaultPort: number;
  /** The statement that lists the names of all databases. */
  readonly list: string;
  drop(name: string): string;
  /** Runs one statement, outside the databases of tests. */
  run(statement: string): Promise<{ name: string }[]>;
}

const urlOf = (client: keyof typeof databaseUrls): string =>
  process.env[databaseUrls[client].variable] ?? databaseUrls[client].default;

const POSTGRES_URL = urlOf('postgres');
const MYSQL_URL = urlOf('mysql');

const servers: Record<Exclude<DatabaseClient, 'sqlite'>, DatabaseServer> = {
  postgres: {
    url: POSTGRES_URL,
    defaultPort: 5432,
    list: 'select datname as name from pg_database',
    // A test that failed may have left connections behind.
    drop: (name) => `drop database if exists ${name} with (force)`,
    run: async (statement) => {
      const client = new Client({ connectionString: POSTGRES_URL });
      await client.connect();
      try {
        return (await client.query(statement)).rows;
      } finally {
        await client.end();
      }
    },
  },
  mysql: {
    url: MYSQL_URL,
    defaultPort: 3306,
    list: 'select schema_name as name from information_schema.schemata',
    drop: (name) => `drop database if exists ${name}`,
    run: async (statement) => {
      const connection = await createConnection(MYSQL_URL);
      try {
        return (await connection.query(statement))[0] as { name: string }[];
      } finally {
        await connection.end();
      }
    },
  },
};

/** Creates an empty database with a random name. Returns the variables with which Strapi uses it. */
export const newDatabase = async (
  client: DatabaseClient = testDatabase,
): Promise<DatabaseVariables> => {
  const name = `${inject('databasePrefix')}${randomBytes(8).toString('hex')}`;
  if (client === 'sqlite') {
    const file = path.join(inject('databaseDir'), `${name}.db`);
    return { DATABASE_CLIENT: client, DATABASE_FILENAME: file };
  }
  const { url, defaultPort, run } = servers[client];
  await run(`create database ${name}`);
  const { hostname, port, username, password } = new URL(url);
  return {
    DATABASE_CLIENT: client,
    DATABASE_HOST: hostname,
    DATABASE_PORT: port || String(defaultPort),
    DATABASE_NAME: name,
    DATABASE_USERNAME: decodeURIComponent(username),
    DATABASE_PASSWORD: decodeURIComponent(password),
  };
};

/** Sets the isolation level with which new connections to a PostgreSQL database begin. */
export const setDefaultIsolation = async (
  { DATABASE_NAME: name = '' }: DatabaseVariables,
  level: 'repeatable read' | 'serializable',
): Promise<void> => {
  await servers.postgres.run(
    `alter database ${name} set default_transaction_isolation = '${level}'`,
  );
};

/** Returns the URL of a database. */
export const databaseUrl = (variables: DatabaseVariables): string => {
  const url = new URL(`${variables.DATABASE_CLIENT}://server`);
  url.hostname = variables.DATABASE_HOST ?? '';
  url.port = variables.DATABASE_PORT ?? '';
  url.username = encodeURIComponent(variables.DATABASE_USERNAME ?? '');
  url.password = encodeURIComponent(variables.DATABASE_PASSWORD ?? '');
  url.pathname = variables.DATABASE_NAME ?? '';
  return url.href;
};

/** Drops a database of `newDatabase`. */
export const dropDatabase = async ({
  DATABASE_CLIENT: client = '',
  DATABASE_NAME: name = '',
}: DatabaseVariables): Promise<void> => {
  // The folder of the SQLite files is deleted at the end of the run.
  if (client !== 'postgres' && client !== 'mysql') return;
  const { run, drop } = servers[client];
  await run(drop(name));
};

/** Drops every database with this prefix, on each server. */
export const dropDatabases = async (prefix: string): Promise<void> => {
  for (const { list, drop, run } of Object.values(servers)) {
    // On a server that cannot be reached this run has created nothing.
    const databases = await run(list).catch(() => []);
    for (const { name } of databases) if (name.startsWith(prefix)) await run(drop(name));
  }
};
