import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, inject } from 'vitest';
import databaseUrls from './database-urls.json';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what this run writes: SQLite files among others. */
    databaseDir: string;
    /** How the name of every database begins that this run makes on a server. */
    databasePrefix: string;
  }
}

const CLIENTS = ['sqlite', 'postgres', 'mysql'] as const;

/** The databases that Strapi can run on, by the name that `DATABASE_CLIENT` has for them. */
export type DatabaseClient = (typeof CLIENTS)[number];

/** The variables that tell Strapi which database to use. */
export type DatabaseVariables = Record<string, string>;

const isClient = (name: string): name is DatabaseClient =>
  (CLIENTS as readonly string[]).includes(name);

const chosenClient = (): DatabaseClient => {
  const name = process.env.TEST_DATABASE ?? 'sqlite';
  if (!isClient(name)) throw new Error(`TEST_DATABASE must be one of ${CLIENTS.join(', ')}`);
  return name;
};

/** The database that this run tests on. */
export const testDatabase = chosenClient();

/** `describe`, for tests that mean something on these databases only. */
export const describeOn = (...clients: DatabaseClient[]) =>
  describe.runIf(clients.includes(testDatabase));

/** The part of `pg` that is used here; it comes without types. */
interface PostgresClient {
  connect(): Promise<void>;
  query(statement: string): Promise<{ rows: { name: string }[] }>;
  end(): Promise<void>;
}
const { Client } = createRequire(import.meta.url)('pg') as {
  Client: new (options: { connectionString: string }) => PostgresClient;
};

/** A server on which tests make databases of their own. */
interface DatabaseServer {
  readonly url: string;
  readonly defaultPort: number;
  /** Lists the names of all databases. */
  readonly list: string;
  drop(name: string): string;
  /** Runs one statement, in no test's database. */
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

/**
 * Makes an empty database with a random name.
 *
 * @returns the variables with which Strapi uses it
 */
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

/** The same database as one URL. */
export const databaseUrl = (variables: DatabaseVariables): string => {
  const url = new URL(`${variables.DATABASE_CLIENT}://server`);
  url.hostname = variables.DATABASE_HOST ?? '';
  url.port = variables.DATABASE_PORT ?? '';
  url.username = encodeURIComponent(variables.DATABASE_USERNAME ?? '');
  url.password = encodeURIComponent(variables.DATABASE_PASSWORD ?? '');
  url.pathname = variables.DATABASE_NAME ?? '';
  return url.href;
};

/** Drops a database that `newDatabase` made, so that a run does not pile them up. */
export const dropDatabase = async ({
  DATABASE_CLIENT: client = '',
  DATABASE_NAME: name = '',
}: DatabaseVariables): Promise<void> => {
  // The files of SQLite go with their folder.
  if (client !== 'postgres' && client !== 'mysql') return;
  const { run, drop } = servers[client];
  await run(drop(name));
};

/** Drops every database whose name begins like that, wherever tests make some. */
export const dropDatabases = async (prefix: string): Promise<void> => {
  for (const { list, drop, run } of Object.values(servers)) {
    // A server that cannot be reached holds none of ours.
    const databases = await run(list).catch(() => []);
    for (const { name } of databases) if (name.startsWith(prefix)) await run(drop(name));
  }
};
