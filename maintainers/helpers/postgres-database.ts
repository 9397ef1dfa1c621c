import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

/** The part of `pg` that is used here. It has no types. */
interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

const { Client } = createRequire(import.meta.url)('pg') as {
  Client: new (options: { connectionString: string; connectionTimeoutMillis: number }) => Client;
};

/** The URL of the PostgreSQL server for tests. */
export const POSTGRES_URL =
  process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs one statement on a new connection. */
export const runSql = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

/** Whether the PostgreSQL server for tests can be reached. */
export const isPostgresReachable = (): Promise<boolean> =>
  runSql(POSTGRES_URL, 'select 1').then(
    () => true,
    () => false,
  );

/** A database for one test. */
export interface PostgresDatabase {
  readonly url: string;
  readonly name: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Closes all connections to the database, and drops it. */
  drop(): Promise<void>;
}

/** Creates a database with a random name on a server. */
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
