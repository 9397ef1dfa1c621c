import { z } from 'zod';
import type { AccountState } from './account';

/** Writes a time of a row, in milliseconds since the epoch, as ISO 8601. */
export const toIso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Why a session was revoked. */
export const REVOKED_REASONS = [
  'logout',
  'logout-all',
  'revoked-by-user',
  'revoked-by-admin',
  'password-changed',
  'user-blocked',
  'user-deleted',
  'reuse-detected',
  'session-limit',
  'replaced',
] as const;
export type RevokedReason = (typeof REVOKED_REASONS)[number];

/** One login on one device (design section 4). Every time is in milliseconds since the epoch. */
export interface Session {
  readonly sessionId: string;
  readonly userId: number;
  /**
   * The `documentId` of the user. `userId` alone does not identify a user: an import gives users new
   * ids. Null in a row of version 1.0.0 that `strapi/owner-backfill.ts` has not completed yet.
   */
  readonly userDocumentId: string | null;
  /** The counter of rotations. The refresh token of this generation is the current one. */
  readonly generation: number;
  /** When this generation began. */
  readonly rotatedAt: number;
  /** The idle end: moves with each rotation. */
  readonly expiresAt: number;
  /** SHA-256 of the `Idempotency-Key` of the last rotation; null when that had none. */
  readonly retryKeyHash: string | null;
  /** False when the user chose not to be remembered: the cookie ends with the browser. */
  readonly remembered: boolean;
  /** Who started the session in the place of its user, as its lists show it; null for the user's own logins. */
  readonly impersonatedBy: string | null;
  /** The absolute end: never moves. */
  readonly absoluteExpiresAt: number;
  readonly loginAt: number;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly revokedAt: number | null;
  readonly revokedReason: RevokedReason | null;
}

/** The user of a session, who is found by both ids: both have to match. */
export interface Owner {
  readonly id: number;
  readonly documentId: string;
}

/** A session and its user, read together; `user` is null when the account is deleted. */
export interface SessionWithUser {
  readonly session: Session;
  readonly user: AccountState | null;
}

/** Accepts 128 bits in base64url. */
export const sessionIdSchema = z.string().regex(/^[\w-]{22}$/);

/** Whether a text has the format of a session id. Any other text is never looked up. */
export const isSessionId = (text: string): boolean => sessionIdSchema.safeParse(text).success;

/**
 * Returns the idle end of a session whose generation begins at `at`, at most the absolute end. All values
 * are milliseconds.
 */
export const idleEndOf = (at: number, refreshTtl: number, absoluteExpiresAt: number): number =>
  Math.min(at + refreshTtl, absoluteExpiresAt);

type SessionLimits = Pick<Session, 'revokedAt' | 'expiresAt' | 'absoluteExpiresAt'>;

/** Returns why a session is not live, or null while it is. @param now milliseconds since the epoch */
export const endReasonOf = (
  session: SessionLimits,
  now: number,
): 'session-revoked' | 'session-idle' | 'session-ended' | null => {
  if (session.revokedAt !== null) return 'session-revoked';
  if (now >= session.absoluteExpiresAt) return 'session-ended';
  return now >= session.expiresAt ? 'session-idle' : null;
};

/** The states of a session in the admin panel; they exclude each other (design section 6, admin API). */
export const SESSION_STATES = ['live', 'ended', 'reuse-detected'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** The state of a session, and when (milliseconds since the epoch) and why it ended. */
export interface SessionStatus {
  readonly state: SessionState;
  readonly endedAt: number | null;
  readonly reason: RevokedReason | 'idle' | 'expired' | null;
}

/** Returns when a session ends without another refresh: the earlier one of its two ends. */
export const expiryOf = ({
  expiresAt,
  absoluteExpiresAt,
}: Pick<Session, 'expiresAt' | 'absoluteExpiresAt'>): number =>
  Math.min(expiresAt, absoluteExpiresAt);

/** Returns the status of a session. @param now milliseconds since the epoch */
export const statusOf = (
  session: SessionLimits & Pick<Session, 'revokedReason'>,
  now: number,
): SessionStatus => {
  if (session.revokedAt !== null) {
    const { revokedAt: endedAt, revokedReason: reason } = session;
    return { state: reason === 'reuse-detected' ? reason : 'ended', endedAt, reason };
  }
  if (endReasonOf(session, now) === null) return { state: 'live', endedAt: null, reason: null };
  const isIdle = session.expiresAt < session.absoluteExpiresAt;
  return { state: 'ended', endedAt: expiryOf(session), reason: isIdle ? 'idle' : 'expired' };
};
