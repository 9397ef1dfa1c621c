import { randomBytes } from 'node:crypto';
import type { TestServer } from './server';

/** A row of `up_sessions`, as far as it matters when a session ends. Times in milliseconds. */
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

/** The row of a session that began an hour ago and is live, but for what is said. */
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

/** Stores rows, straight in the table, with the document ids of their users. */
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
  // SQLite takes at most 500 rows in the statement that knex makes.
  await strapi.db.connection.batchInsert('up_sessions', complete, 500);
};

/** Which of these rows are stored. */
export const storedAmong = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  rows: readonly SessionRow[],
): Promise<number> => {
  const stored: { session_id: string }[] = await strapi.db
    .connection('up_sessions')
    .select('session_id');
  const ids = new Set(stored.map(({ session_id }) => session_id));
  return rows.filter(({ session_id }) => ids.has(session_id)).length;
};
