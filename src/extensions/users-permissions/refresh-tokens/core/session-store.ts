import type { AccountState } from './account';
import type { Owner, RevokedReason, Session, SessionWithUser } from './session';

/** A change to a later generation. Times are milliseconds since the epoch. */
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

/** A refresh with the current token, when no case but the ordinary one may apply. Times are milliseconds. */
export interface CurrentRotation {
  readonly sessionId: string;
  /** The generation of the presented token. */
  readonly generation: number;
  /** Now, since the epoch. */
  readonly at: number;
  readonly refreshTtl: number;
  readonly leeway: number;
  readonly ipAddress: string | null;
  readonly retryKeyHash: string | null;
}

export interface Revocation {
  readonly reason: RevokedReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The database operations of the session service. Each change of a session's state is one conditional
 * statement whose row count decides. A database error is thrown as it is: it never becomes "not found".
 */
export interface SessionStore {
  /** Returns the state of an account and its document id; null when it does not exist. */
  findAccount(userId: number): Promise<(AccountState & Pick<Owner, 'documentId'>) | null>;
  /**
   * Inserts a session in one conditional statement; false when its account no longer allows it. The
   * account must exist and not be blocked, and its password must still be the one that was verified.
   * The statement waits for a change of the account that another transaction has not committed yet, and
   * such a change waits for it: either the change sees the session and revokes it, or the session is not
   * inserted.
   *
   * @param passwordHash the hash that the login verified or has just set; absent when it used no password
   */
  insert(session: Session & { userDocumentId: string }, passwordHash?: string): Promise<boolean>;
  /**
   * Reads the row and its user in one statement. Null when no row exists, and when the user id belongs
   * to another user since an import.
   */
  find(sessionId: string): Promise<SessionWithUser | null>;
  /** Reads the row alone, whoever its user is, in one statement. For administrators. */
  findSession(sessionId: string): Promise<Session | null>;
  /** Runs one conditional `UPDATE`; false when another request has rotated or revoked first. */
  rotate(rotation: Rotation): Promise<boolean>;
  /**
   * Rotates a session in one statement, where `judge` says `rotate` and the account is confirmed, has a role and
   * is not blocked. Returns the row as it is then. Null in every other case, and always on a database without
   * `UPDATE … RETURNING` (MySQL, MariaDB): `find` and `judge` then decide.
   */
  rotateCurrent(rotation: CurrentRotation): Promise<Session | null>;
  /** Runs one conditional `UPDATE`; false when the session is revoked already or does not exist. */
  revoke(sessionId: string, revocation: Revocation): Promise<boolean>;
  /** Revokes every session of these users that is not revoked, except one. Returns the revoked ones. */
  revokeAll(
    owners: readonly Owner[],
    revocation: Revocation,
    exceptSessionId?: string,
  ): Promise<Session[]>;
  /**
   * Returns at most 500 live sessions of a user, the last inserted first. Not by `loginAt`: after a clock
   * was set back, a new session would not be the newest.
   */
  listLive(owner: Owner, now: number): Promise<Session[]>;
  /**
   * Returns those that exceed a limit: without the first `limit`, and without those that somebody else
   * started in the user's place.
   */
  listSurplus(owner: Owner, now: number, limit: number): Promise<Session[]>;
  /**
   * Deletes every session that ended before a time (milliseconds since the epoch), in batches. Several
   * instances may run it at once. Returns how many this call deleted.
   *
   * @param signal ends the work after the statement at hand
   */
  deleteEnded(before: number, signal?: AbortSignal): Promise<number>;
  /**
   * Deletes every session that is not revoked and has no user, in batches: sessions of an import, whose
   * users have other ids now. Several instances may run it at once. Returns how many this call deleted.
   *
   * @param signal ends the work after the statement at hand
   */
  deleteOwnerless(signal?: AbortSignal): Promise<number>;
}
