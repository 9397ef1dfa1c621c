import { z } from 'zod';

/** Why a session ended before its time. */
export type RevokedReason =
  | 'logout'
  | 'logout-all'
  | 'revoked-by-user'
  | 'revoked-by-admin'
  | 'password-changed'
  | 'user-blocked'
  | 'user-deleted'
  | 'reuse-detected'
  | 'session-limit';

/** One login on one device (design section 4). Every time is in milliseconds since the epoch. */
export interface Session {
  readonly sessionId: string;
  readonly userId: number;
  /** Counts rotations. The refresh token that carries this number is the one that rotates. */
  readonly generation: number;
  /** When this generation began. */
  readonly rotatedAt: number;
  /** Idle end: moves with each rotation. */
  readonly expiresAt: number;
  /** Absolute end: never moves. */
  readonly absoluteExpiresAt: number;
  readonly loginAt: number;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly revokedAt: number | null;
  readonly revokedReason: RevokedReason | null;
}

/** What is asked of a user before a token of theirs is honoured. */
export interface AccountState {
  readonly blocked: boolean;
  readonly confirmed: boolean;
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
