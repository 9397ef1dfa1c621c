import { randomBytes } from 'node:crypto';
import type { TestServer } from './server';

/** The columns of `up_sessions` that decide whether a session is live. Times in milliseconds. */
export interface SessionRow {
  readonly session_id: string;
  readonly user_id: number;
  readonly generation: number;
  readonly rotated_at: number;
  readonly expires_at: number;
  readonly absolute_expires_at: number;
  readonly login_at: number;
  readonly revoked_at: number | null;
  readonly revoked_reason: string | null;
}

const HOUR = 60 * 60 * 1000;

/** Returns the row of a live session that began an hour ago, unless overridden. */
export const sessionRow = (now: number, overrides: Partial<SessionRow> = {}): SessionRow => ({
  session_id: randomBytes(16).toString('base64url'),
  user_id: 0,
  generation: 0,
  rotated_at: now - HOUR,
  expires_at: now + 47 * HOUR,
  absolute_expires_at: now + 719 * HOUR,
  login_at: now - HOUR,
  revoked_at: null,
  revoked_reason: null,
  ...overrides,
});

/** Inserts rows, with the document ids of their users. */
export const insertSessionRows = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  rows: readonly SessionRow[],
): Promise<void> => {
  const users: { id: number; document_id: string }[] = await strapi.db
    .connection('up_users')
    .select('id', 'document_id');
  const documentIds = new Map(users.map(({ id, document_id }) => [id, document_id]));
  const complete = rows.map((row) => ({
    ...row,
    user_document_id: documentIds.get(row.user_id) ?? 'nobody',
  }));
  // SQLite accepts at most 500 rows in the statement that knex builds.
  await strapi.db.connection.batchInsert('up_sessions', complete, 500);
};

/** Returns how many of these rows are stored. */
export const countStored = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  rows: readonly SessionRow[],
): Promise<number> => {
  const stored: { session_id: string }[] = await strapi.db
    .connection('up_sessions')
    .select('session_id');
  const ids = new Set(stored.map(({ session_id }) => session_id));
  return rows.filter(({ session_id }) => ids.has(session_id)).length;
};
