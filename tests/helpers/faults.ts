import type { TestServer } from './server';

const HIDDEN = 'up_sessions_hidden';

/** How each database says in the log that a table is not there. */
export const NO_TABLE = /no such table|does not exist|doesn't exist/;

/** Runs something while no statement on the table of sessions succeeds. */
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
