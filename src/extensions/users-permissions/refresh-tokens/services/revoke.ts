import { sessionEvent, type SessionEvent, type SessionEventName } from '../core/events';
import { endOf, type RevokedReason, type Session } from '../core/session';
import type { SessionStore } from '../core/session-store';
import type { AccessClaims, RefreshClaims } from '../core/tokens';

/** What revoking needs from around it. */
export interface RevocationDependencies {
  readonly store: SessionStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly announce: (name: SessionEventName, event: SessionEvent) => void;
  readonly warn: (message: string) => void;
}

/** One session, or every session of its user. */
export type LogoutScope = 'session' | 'all';

/** Everything that ends a session before its time. */
export interface Revocations {
  /**
   * False when somebody else ended it first.
   *
   * @param adminId the administrator who wants it, where one does
   */
  revoke(session: Session, reason: RevokedReason, adminId?: number): Promise<boolean>;
  /** Revokes every session of these users, but one; resolves to how many there were. */
  revokeAll(
    userIds: readonly number[],
    reason: RevokedReason,
    exceptSessionId?: string,
  ): Promise<number>;
  /** Revokes a session whose token was used twice, and raises the alarm. */
  revokeReused(session: Session, generation: number, ipAddress: string | null): Promise<void>;
  logout(
    claims: RefreshClaims | AccessClaims,
    scope: LogoutScope,
    ipAddress: string | null,
  ): Promise<void>;
}

/** A session in a line of the log. Never a token. */
export const describeSession = (session: Session, ipAddress: string | null): string =>
  `user ${session.userId}, session ${session.sessionId}, ` +
  `device ${session.deviceName ?? 'unknown'}, address ${ipAddress ?? 'unknown'}`;

/**
 * Creates the revocation functions. Each revokes with one conditional `UPDATE`; only the caller whose
 * `UPDATE` changed the row emits the event.
 */
export const createRevocations = ({
  store,
  now,
  announce,
  warn,
}: RevocationDependencies): Revocations => {
  const revoke: Revocations['revoke'] = async (session, reason, adminId) => {
    const isFirst = await store.revoke(session.sessionId, { reason, at: now() });
    if (isFirst) announce('session.revoked', sessionEvent(session, reason, adminId));
    return isFirst;
  };

  const revokeAll: Revocations['revokeAll'] = async (userIds, reason, exceptSessionId) => {
    const revoked = await store.revokeAll(userIds, { reason, at: now() }, exceptSessionId);
    for (const session of revoked) announce('session.revoked', sessionEvent(session, reason));
    return revoked.length;
  };

  const revokeReused: Revocations['revokeReused'] = async (session, generation, ipAddress) => {
    if (!(await revoke(session, 'reuse-detected'))) return;
    announce('session.reuse-detected', sessionEvent({ ...session, ipAddress }, 'reuse-detected'));
    warn(
      `Refresh token reused: ${describeSession(session, ipAddress)}; ` +
        `generation ${generation} was presented, ${session.generation} is current. ` +
        'The session has been revoked.',
    );
  };

  const endSession = async (session: Session, scope: LogoutScope): Promise<void> => {
    if (scope === 'all') await revokeAll([session.userId], 'logout-all');
    else await revoke(session, 'logout');
  };

  const logoutByRefreshToken = async (
    claims: RefreshClaims,
    scope: LogoutScope,
    ipAddress: string | null,
  ): Promise<void> => {
    const session = await store.findSession(claims.sessionId);
    if (!session || endOf(session, now())) return;
    // An old token has no say over other sessions, but what it proves ends its own.
    if (claims.generation < session.generation - 1) {
      await revokeReused(session, claims.generation, ipAddress);
    } else {
      await endSession(session, scope);
    }
  };

  const logoutByAccessToken = async (claims: AccessClaims, scope: LogoutScope): Promise<void> => {
    if (claims.sessionId === undefined) {
      if (scope === 'all') await revokeAll([claims.id], 'logout-all');
      return;
    }
    const session = await store.findSession(claims.sessionId);
    if (session?.userId !== claims.id || endOf(session, now())) return;
    await endSession(session, scope);
  };

  return {
    revoke,
    revokeAll,
    revokeReused,
    logout: (claims, scope, ipAddress) =>
      'generation' in claims
        ? logoutByRefreshToken(claims, scope, ipAddress)
        : logoutByAccessToken(claims, scope),
  };
};
