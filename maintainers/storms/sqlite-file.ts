import { createRequire } from 'node:module';

/** The part of a `better-sqlite3` connection that is used here; the package has no types. */
interface Connection {
  exec(sql: string): void;
  pragma(sql: string): unknown;
  prepare(sql: string): { all(): Record<string, unknown>[] };
  close(): void;
}

const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  file: string,
) => Connection;

/** Runs a function on a connection of its own to a database file, which another process may have open. */
export const withSqliteFile = async <Result>(
  file: string,
  run: (connection: Connection) => Result | Promise<Result>,
): Promise<Result> => {
  const connection = new Database(file);
  try {
    return await run(connection);
  } finally {
    connection.close();
  }
};
