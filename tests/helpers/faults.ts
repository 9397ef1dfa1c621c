import type { TestServer } from './server';

/** The error of each database for a table that does not exist. */
export const MISSING_TABLE = /no such table|does not exist|doesn't exist/;

/** Runs a function while every statement on a table fails. */
export const withoutTable = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  table: string,
  run: () => Promise<unknown>,
): Promise<void> => {
  const hidden = `${table}_hidden`;
  const rename = (from: string, to: string) => strapi.db.connection.schema.renameTable(from, to);
  await rename(table, hidden);
  try {
    await run();
  } finally {
    await rename(hidden, table);
  }
};

/** Runs a function while every statement on the table of sessions fails. */
export const withoutSessionTable = (
  server: Pick<TestServer, 'strapi'>,
  run: () => Promise<unknown>,
): Promise<void> => withoutTable(server, 'up_sessions', run);
