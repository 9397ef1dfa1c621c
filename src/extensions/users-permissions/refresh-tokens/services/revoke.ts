import partition from 'lodash/partition';
import { sessionEvent, type SessionEvent, type SessionEventName } from '../core/events';
import { endReasonOf, type Owner, type RevokedReason, type Session } from '../core/session';
import type { SessionStore } from '../core/session-store';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { Settings } from '../settings/settings';

export interface RevocationDependencies {
  readonly store: SessionStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly emit: (name: SessionEventName, event: SessionEvent) => void;
  readonly warn: (message: string) => void;
  readonly settings: Pick<Settings, 'leeway'>;
}

export type LogoutScope = 'session' | 'all';

export interface RevocationService {
  /**
   * Revokes one session; false when it is revoked already or does not exist.
   *
   * @param adminId the administrator who revokes it, if one does
   */
  revoke(session: Session, reason: RevokedReason, adminId?: number): Promise<boolean>;
  /** Revokes every session of these users, except one; resolves to their number. */
  revokeAll(
    owners: readonly Owner[],
    reason: RevokedReason,
    exceptSessionId?: string,
  ): Promise<number>;
  /** Revokes a session for a reuse, emits `session.reuse-detected` and logs a warning. */
  revokeReused(session: Session, generation: number, ipAddress: string | null): Promise<void>;
  /**
   * Ends every session that a request proves: those of its refresh tokens and that of its access token
   * (design section 6, logout). A session that has ended already is a success (RFC 7009, section 2.2).
   *
   * With scope `all` it ends every session of the users of its current tokens: an access token, and a
   * refresh token that is current or was within the leeway. An older refresh token ends its own session
   * alone; one of two or more generations ago is a reuse when no other refresh token is good.
   */
  logout(
    tokens: readonly (RefreshClaims | AccessClaims)[],
    scope: LogoutScope,
    ipAddress: string | null,
  ): Promise<void>;
}

/** Describes a session for a log message. Never includes a token. */
export const describeSession = (session: Session, ipAddress: string | null): string =>
  `user ${session.userId}, session ${session.sessionId}, ` +
  `device ${session.deviceName ?? 'unknown'}, address ${ipAddress ?? 'unknown'}`;

/**
 * Creates the revocation functions. Each revokes with one conditional `UPDATE`; only the caller whose
 * `UPDATE` changed the row emits the event.
 */
export const createRevocationService = ({
  store,
  now,
  emit,
  warn,
  settings: { leeway },
}: RevocationDependencies): RevocationService => {
  const revoke: RevocationService['revoke'] = async (session, reason, adminId) => {
    const isFirst = await store.revoke(session.sessionId, { reason, at: now() });
    if (isFirst) emit('session.revoked', sessionEvent(session, reason, adminId));
    return isFirst;
  };

  const revokeAll: RevocationService['revokeAll'] = async (owners, reason, exceptSessionId) => {
    const revoked = await store.revokeAll(owners, { reason, at: now() }, exceptSessionId);
    for (const session of revoked) emit('session.revoked', sessionEvent(session, reason));
    return revoked.length;
  };

  const revokeReused: RevocationService['revokeReused'] = async (
    session,
    generation,
    ipAddress,
  ) => {
    if (!(await revoke(session, 'reuse-detected'))) return;
    emit('session.reuse-detected', sessionEvent({ ...session, ipAddress }, 'reuse-detected'));
    warn(
      `Refresh token reused: ${describeSession(session, ipAddress)}; ` +
        `generation ${generation} was presented, ${session.generation} is current. ` +
        'The session has been revoked.',
    );
  };

  const ownerOf = async ({ userId, userDocumentId }: Session): Promise<Owner[]> => {
    const documentId = userDocumentId ?? (await store.findAccount(userId))?.documentId;
    return documentId === undefined ? [] : [{ id: userId, documentId }];
  };

  const endSession = async (session: Session, scope: LogoutScope): Promise<void> => {
    if (scope === 'all') await revokeAll(await ownerOf(session), 'logout-all');
    else await revoke(session, 'logout');
  };

  const findLive = async (sessionId: string): Promise<Session | null> => {
    const { session } = (await store.find(sessionId)) ?? {};
    return session && !endReasonOf(session, now()) ? session : null;
  };

  const logoutByRefreshTokens = async (
    tokens: readonly RefreshClaims[],
    scope: LogoutScope,
    ipAddress: string | null,
  ): Promise<void> => {
    const live: { session: Session; generation: number; age: number }[] = [];
    for (const { sessionId, generation } of tokens) {
      const session = await findLive(sessionId);
      if (session) live.push({ session, generation, age: session.generation - generation });
    }
    const [good, outdated] = partition(live, ({ age }) => age <= 1);
    for (const { session, age } of good) {
      const isCurrent = age <= 0 || (leeway > 0 && now() - session.rotatedAt <= leeway);
      await endSession(session, isCurrent ? scope : 'session');
    }
    for (const { session, generation } of outdated) {
      if (good.length > 0) await revoke(session, 'logout');
      else await revokeReused(session, generation, ipAddress);
    }
  };

  const logoutByAccessToken = async (
    { id, sessionId }: AccessClaims,
    scope: LogoutScope,
  ): Promise<void> => {
    if (sessionId !== undefined) {
      const session = await findLive(sessionId);
      if (session?.userId === id) await endSession(session, scope);
    } else if (scope === 'all') {
      const account = await store.findAccount(id);
      if (account) await revokeAll([{ id, documentId: account.documentId }], 'logout-all');
    }
  };

  return {
    revoke,
    revokeAll,
    revokeReused,

    async logout(tokens, scope, ipAddress) {
      const refreshTokens = tokens.filter((claims) => 'generation' in claims);
      await logoutByRefreshTokens(refreshTokens, scope, ipAddress);
      for (const claims of tokens) {
        if (!('generation' in claims)) await logoutByAccessToken(claims, scope);
      }
    },
  };
};
