import type { TestServer } from './server';

const HIDDEN = 'up_sessions_hidden';

/** The error of each database for a table that does not exist. */
export const MISSING_TABLE = /no such table|does not exist|doesn't exist/;

/** Runs a function while every statement on the table of sessions fails. */
export const withoutSessionTable = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  run: () => Promise<unknown>,
): Promise<void> => {
  const rename = (from: string, to: string) => strapi.db.connection.schema.renameTable(from, to);
  await rename('up_sessions', HIDDEN);
  try {
    await run();
  } finally {
    await rename(HIDDEN, 'up_sessions');
  }
};
