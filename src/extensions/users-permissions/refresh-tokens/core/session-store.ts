import type { AccountState } from './account';
import type { Owner, RevokedReason, Session, SessionWithUser } from './session';

/** One step of a session from a generation to a later one. Times in milliseconds since the epoch. */
export interface Rotation {
  readonly sessionId: string;
  readonly from: number;
  readonly to: number;
  readonly rotatedAt: number;
  readonly expiresAt: number;
  readonly ipAddress: string | null;
  /** SHA-256 of the `Idempotency-Key`; null without one. */
  readonly retryKeyHash: string | null;
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
  /** The state of an account and its document id, or null where there is none. */
  findAccount(userId: number): Promise<(AccountState & Pick<Owner, 'documentId'>) | null>;
  insert(session: Session): Promise<void>;
  /**
   * One statement: the row and its user. Null where there is no row, and where its user id belongs to
   * somebody else since an import.
   */
  find(sessionId: string): Promise<SessionWithUser | null>;
  /** One statement: the row alone, whoever it belongs to. For administrators. */
  findSession(sessionId: string): Promise<Session | null>;
  /** One conditional `UPDATE`; false when someone else rotated or revoked first. */
  rotate(rotation: Rotation): Promise<boolean>;
  /** False when the session was revoked already, or is none. */
  revoke(sessionId: string, revocation: Revocation): Promise<boolean>;
  /** Revokes every session of these users that is not revoked, but this one, and returns those. */
  revokeAll(
    owners: readonly Owner[],
    revocation: Revocation,
    exceptSessionId?: string,
  ): Promise<Session[]>;
  /** The live sessions of a user, newest login first, without the first `offset` of them. */
  listLive(owner: Owner, page: { now: number; offset?: number }): Promise<Session[]>;
  /**
   * Deletes, in batches, every session that ended before a moment (milliseconds since the epoch).
   * Safe while another instance does the same. Returns how many this caller deleted.
   */
  deleteEnded(before: number): Promise<number>;
  /**
   * Deletes, in batches, every session that is not revoked and whose user does not exist: those of an
   * import whose users have other ids now. Safe while another instance does the same.
   */
  deleteOwnerless(): Promise<number>;
}
