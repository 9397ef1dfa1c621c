import type { Session } from '../core/session';

/** A row as the database returns it. */
export type Row = Record<string, unknown>;

export const SESSION = 'plugin::users-permissions.session';
export const USER = 'plugin::users-permissions.user';

/** The column of each field, for statements that do not use Strapi's query engine. */
export const COLUMNS = {
  sessionId: 'session_id',
  userId: 'user_id',
  userDocumentId: 'user_document_id',
  generation: 'generation',
  rotatedAt: 'rotated_at',
  expiresAt: 'expires_at',
  retryKeyHash: 'retry_key_hash',
  remembered: 'remembered',
  impersonatedBy: 'impersonated_by',
  absoluteExpiresAt: 'absolute_expires_at',
  loginAt: 'login_at',
  deviceName: 'device_name',
  userAgent: 'user_agent',
  ipAddress: 'ip_address',
  revokedAt: 'revoked_at',
  revokedReason: 'revoked_reason',
} as const satisfies Record<keyof Session, string>;

export const FIELDS = Object.keys(COLUMNS) as (keyof Session)[];

/** Rows or users per statement: far below the number of parameters that any of the databases allows. */
export const BATCH_SIZE = 500;

/** Converts a row. PostgreSQL and Strapi's query engine return 64-bit integers as text. */
export const toSession = (row: Row): Session =>
  ({
    ...row,
    userId: Number(row.userId),
    generation: Number(row.generation),
    // Null in rows of version 1.0.0; SQLite and MySQL have no booleans.
    remembered: row.remembered === null || Boolean(row.remembered),
    rotatedAt: Number(row.rotatedAt),
    expiresAt: Number(row.expiresAt),
    absoluteExpiresAt: Number(row.absoluteExpiresAt),
    loginAt: Number(row.loginAt),
    revokedAt: row.revokedAt === null ? null : Number(row.revokedAt),
  }) as Session;

/**
 * Returns the condition that a session is live for Strapi's query engine, as `endReasonOf` in
 * `core/session.ts` defines it. It tests `revokedReason` and not `revokedAt`, because an index begins with it.
 *
 * @param now milliseconds since the epoch
 */
export const liveAt = (now: number) => ({
  revokedReason: { $null: true },
  expiresAt: { $gt: now },
  absoluteExpiresAt: { $gt: now },
});
