import { z } from 'zod';
import type { AccountState } from './account';

/** Why a session ended before its time. */
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
] as const;
export type RevokedReason = (typeof REVOKED_REASONS)[number];

/** One login on one device (design section 4). Every time is in milliseconds since the epoch. */
export interface Session {
  readonly sessionId: string;
  readonly userId: number;
  /**
   * The `documentId` of the user. `userId` alone does not identify one: Strapi gives new ids to users
   * at an import. Null in a row of version 1.0.0 that has not been completed yet.
   */
  readonly userDocumentId: string | null;
  /** Counts rotations. The refresh token that carries this number is the one that rotates. */
  readonly generation: number;
  /** When this generation began. */
  readonly rotatedAt: number;
  /** Idle end: moves with each rotation. */
  readonly expiresAt: number;
  /** SHA-256 of the `Idempotency-Key` of the last rotation; null when that had none. */
  readonly retryKeyHash: string | null;
  /** Whether the login was to outlive the browser. Nothing reads it yet. */
  readonly remembered: boolean;
  /** Absolute end: never moves. */
  readonly absoluteExpiresAt: number;
  readonly loginAt: number;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly revokedAt: number | null;
  readonly revokedReason: RevokedReason | null;
}

/** A user, as a session refers to one: both have to match. */
export interface Owner {
  readonly id: number;
  readonly documentId: string;
}

/** A session and its user, read together; `user` is null when the account is gone. */
export interface SessionWithUser {
  readonly session: Session;
  readonly user: AccountState | null;
}

/** A session id: 128 bits in base64url. */
export const sessionId = z.string().regex(/^[\w-]{22}$/);

/** Whether this can be a session id at all. What it is not is never looked up. */
export const isSessionId = (text: string): boolean => sessionId.safeParse(text).success;

type SessionLimits = Pick<Session, 'revokedAt' | 'expiresAt' | 'absoluteExpiresAt'>;

/** Why a session no longer counts, or null while it is live. */
export const endOf = (
  session: SessionLimits,
  now: number,
): 'session-revoked' | 'session-idle' | 'session-ended' | null => {
  if (session.revokedAt !== null) return 'session-revoked';
  if (now >= session.absoluteExpiresAt) return 'session-ended';
  return now >= session.expiresAt ? 'session-idle' : null;
};

/** What an administrator sees of a session at a glance. */
export const SESSION_STATES = ['live', 'ended', 'reuse-detected'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** How a session stands: its state, and when and why it ended. Times in milliseconds. */
export interface SessionStatus {
  readonly state: SessionState;
  readonly endedAt: number | null;
  readonly reason: RevokedReason | 'idle' | 'expired' | null;
}

/** When a session ends if nothing happens any more: its idle end, or its absolute end if that comes first. */
export const expiryOf = ({
  expiresAt,
  absoluteExpiresAt,
}: Pick<Session, 'expiresAt' | 'absoluteExpiresAt'>): number =>
  Math.min(expiresAt, absoluteExpiresAt);

/** Says how a session stands. The three states exclude each other. */
export const statusOf = (
  session: SessionLimits & Pick<Session, 'revokedReason'>,
  now: number,
): SessionStatus => {
  if (session.revokedAt !== null) {
    const { revokedAt: endedAt, revokedReason: reason } = session;
    return { state: reason === 'reuse-detected' ? reason : 'ended', endedAt, reason };
  }
  if (endOf(session, now) === null) return { state: 'live', endedAt: null, reason: null };
  const isIdle = session.expiresAt < session.absoluteExpiresAt;
  return { state: 'ended', endedAt: expiryOf(session), reason: isIdle ? 'idle' : 'expired' };
};
