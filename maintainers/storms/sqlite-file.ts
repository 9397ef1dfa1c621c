import { createRequire } from 'node:module';

/** What is used of `better-sqlite3`, which comes without types. */
interface Connection {
  exec(sql: string): void;
  pragma(sql: string): unknown;
  prepare(sql: string): { all(): Record<string, unknown>[] };
  close(): void;
}

const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  file: string,
) => Connection;

/** Opens a database file in this process, while another one may use it. */
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
