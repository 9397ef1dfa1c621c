import type { Session } from '../core/session';

/** A row as a database hands it out. */
export type Row = Record<string, unknown>;

export const SESSION = 'plugin::users-permissions.session';
export const USER = 'plugin::users-permissions.user';

/** Column of each field, for the statements that skip Strapi's query engine. */
export const COLUMNS = {
  sessionId: 'session_id',
  userId: 'user_id',
  userDocumentId: 'user_document_id',
  generation: 'generation',
  rotatedAt: 'rotated_at',
  expiresAt: 'expires_at',
  retryKeyHash: 'retry_key_hash',
  remembered: 'remembered',
  absoluteExpiresAt: 'absolute_expires_at',
  loginAt: 'login_at',
  deviceName: 'device_name',
  userAgent: 'user_agent',
  ipAddress: 'ip_address',
  revokedAt: 'revoked_at',
  revokedReason: 'revoked_reason',
} as const satisfies Record<keyof Session, string>;

export const FIELDS = Object.keys(COLUMNS) as (keyof Session)[];

/**
 * Makes a session of a row. Postgres and Strapi's query engine hand out 64-bit integers as text.
 */
export const toSession = (row: Row): Session =>
  ({
    ...row,
    userId: Number(row.userId),
    generation: Number(row.generation),
    // Version 1.0.0 leaves it null; SQLite and MySQL have no booleans.
    remembered: row.remembered === null || Boolean(row.remembered),
    rotatedAt: Number(row.rotatedAt),
    expiresAt: Number(row.expiresAt),
    absoluteExpiresAt: Number(row.absoluteExpiresAt),
    loginAt: Number(row.loginAt),
    revokedAt: row.revokedAt === null ? null : Number(row.revokedAt),
  }) as Session;

/**
 * The condition that a session is live, for Strapi's query engine: what `endOf` in `core/session` says of
 * one session. By the reason of a revocation and not by its time: an index begins with it.
 *
 * @param now milliseconds since the epoch
 */
export const liveAt = (now: number) => ({
  revokedReason: { $null: true },
  expiresAt: { $gt: now },
  absoluteExpiresAt: { $gt: now },
});
