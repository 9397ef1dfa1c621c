import { createRequire } from 'node:module';
import { createConnection } from 'mysql2/promise';
import { databaseUrl, type DatabaseVariables } from './databases';

/** Another connection to a database, whose transaction holds the locks of the statements that it ran. */
export interface LockHolder {
  run(statement: string): Promise<Record<string, unknown>[]>;
  /** Ends the transaction and the connection. On SQLite at once, before it returns. */
  commit(): Promise<void>;
}

/** The parts of `better-sqlite3` and `pg` that are used here. The packages have no types. */
interface SqliteDatabase {
  exec(statement: string): void;
  close(): void;
}
interface PostgresClient {
  connect(): Promise<void>;
  query(statement: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}
const require = createRequire(import.meta.url);

const lockSqlite = (filename: string): LockHolder => {
  const Database = require('better-sqlite3') as new (name: string) => SqliteDatabase;
  const database = new Database(filename);
  database.exec('begin immediate');
  return {
    run: async (statement) => {
      database.exec(statement);
      return [];
    },
    commit: async () => {
      database.exec('commit');
      database.close();
    },
  };
};

const lockPostgres = async (url: string): Promise<LockHolder> => {
  const { Client } = require('pg') as {
    Client: new (options: { connectionString: string }) => PostgresClient;
  };
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('begin isolation level read committed');
  return {
    run: async (statement) => (await client.query(statement)).rows,
    commit: async () => {
      await client.query('commit');
      await client.end();
    },
  };
};

const lockMysql = async (url: string): Promise<LockHolder> => {
  const connection = await createConnection(url);
  await connection.query('begin');
  return {
    run: async (statement) => (await connection.query(statement))[0] as Record<string, unknown>[],
    commit: async () => {
      await connection.query('commit');
      await connection.end();
    },
  };
};

/** Begins a transaction on a connection of its own. */
export const holdLocks = async (variables: DatabaseVariables): Promise<LockHolder> => {
  switch (variables.DATABASE_CLIENT) {
    case 'postgres':
      return lockPostgres(databaseUrl(variables));
    case 'mysql':
      return lockMysql(databaseUrl(variables));
    default:
      return lockSqlite(variables.DATABASE_FILENAME ?? '');
  }
};
