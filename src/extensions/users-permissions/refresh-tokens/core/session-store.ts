import type { AccountState } from './account';
import type { RevokedReason, Session, SessionWithUser } from './session';

/** One step of a session from a generation to a later one. Times in milliseconds since the epoch. */
export interface Rotation {
  readonly sessionId: string;
  readonly from: number;
  readonly to: number;
  readonly rotatedAt: number;
  readonly expiresAt: number;
  readonly ipAddress: string | null;
}

/** A revocation: why, and when (milliseconds since the epoch). */
export interface Revocation {
  readonly reason: RevokedReason;
  readonly at: number;
}

/**
 * What the session service needs of a database. Every change of state is one conditional statement
 * whose row count decides; a fault of the database is thrown as it is, never turned into "not found".
 */
export interface SessionStore {
  /** The state of an account, or null where there is none. */
  findAccount(userId: number): Promise<AccountState | null>;
  insert(session: Session): Promise<void>;
  /** One statement: the row and its user. */
  find(sessionId: string): Promise<SessionWithUser | null>;
  /** One statement: the row alone. */
  findSession(sessionId: string): Promise<Session | null>;
  /** One conditional `UPDATE`; false when someone else rotated or revoked first. */
  rotate(rotation: Rotation): Promise<boolean>;
  /** False when the session was revoked already, or is none. */
  revoke(sessionId: string, revocation: Revocation): Promise<boolean>;
  /** Revokes every session of these users that is not revoked, but this one, and returns those. */
  revokeAll(
    userIds: readonly number[],
    revocation: Revocation,
    exceptSessionId?: string,
  ): Promise<Session[]>;
  /** The live sessions of a user, newest login first, without the first `offset` of them. */
  listLive(userId: number, page: { now: number; offset?: number }): Promise<Session[]>;
  /**
   * Deletes, in batches, every session that ended before a moment (milliseconds since the epoch).
   * Safe while another instance does the same. Returns how many this caller deleted.
   */
  deleteEnded(before: number): Promise<number>;
}
