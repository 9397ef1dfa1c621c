import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

/** What is used of `pg`, which comes without types. */
interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

const { Client } = createRequire(import.meta.url)('pg') as {
  Client: new (options: { connectionString: string; connectionTimeoutMillis: number }) => Client;
};

/** The PostgreSQL that tests use. */
export const POSTGRES_URL =
  process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs one statement on a connection of its own. */
export const runSql = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

/** Whether the PostgreSQL of the tests answers. */
export const isPostgresReachable = (): Promise<boolean> =>
  runSql(POSTGRES_URL, 'select 1').then(
    () => true,
    () => false,
  );

/** A database of a test's own. */
export interface PostgresDatabase {
  readonly url: string;
  readonly name: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Ends whatever still uses it. */
  drop(): Promise<void>;
}

/** Makes a database with a random name on a server. */
export const createPostgresDatabase = async (serverUrl: string): Promise<PostgresDatabase> => {
  const name = `refresh_token_test_${randomUUID().replaceAll('-', '')}`;
  await runSql(serverUrl, `create database ${name}`);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const url = address.href;
  return {
    url,
    name,
    query: (sql) => runSql(url, sql),
    drop: async () => {
      await runSql(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
};
