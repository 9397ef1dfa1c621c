import partition from 'lodash/partition';
import { sessionEvent, type SessionEvent, type SessionEventName } from '../core/events';
import { endOf, type Owner, type RevokedReason, type Session } from '../core/session';
import type { SessionStore } from '../core/session-store';
import type { AccessClaims, RefreshClaims } from '../core/tokens';

/** What revoking needs from around it. */
export interface RevocationDependencies {
  readonly store: SessionStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly emit: (name: SessionEventName, event: SessionEvent) => void;
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
    owners: readonly Owner[],
    reason: RevokedReason,
    exceptSessionId?: string,
  ): Promise<number>;
  /** Revokes a session whose token was used twice, and raises the alarm. */
  revokeReused(session: Session, generation: number, ipAddress: string | null): Promise<void>;
  logout(
    tokens: readonly (RefreshClaims | AccessClaims)[],
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
  emit,
  warn,
}: RevocationDependencies): Revocations => {
  const revoke: Revocations['revoke'] = async (session, reason, adminId) => {
    const isFirst = await store.revoke(session.sessionId, { reason, at: now() });
    if (isFirst) emit('session.revoked', sessionEvent(session, reason, adminId));
    return isFirst;
  };

  const revokeAll: Revocations['revokeAll'] = async (owners, reason, exceptSessionId) => {
    const revoked = await store.revokeAll(owners, { reason, at: now() }, exceptSessionId);
    for (const session of revoked) emit('session.revoked', sessionEvent(session, reason));
    return revoked.length;
  };

  const revokeReused: Revocations['revokeReused'] = async (session, generation, ipAddress) => {
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
    return session && !endOf(session, now()) ? session : null;
  };

  const logoutByRefreshTokens = async (
    tokens: readonly RefreshClaims[],
    scope: LogoutScope,
    ipAddress: string | null,
  ): Promise<void> => {
    const live: { session: Session; generation: number; isOutdated: boolean }[] = [];
    for (const { sessionId, generation } of tokens) {
      const session = await findLive(sessionId);
      const isOutdated = session !== null && generation < session.generation - 1;
      if (session) live.push({ session, generation, isOutdated });
    }
    const [outdated, good] = partition(live, ({ isOutdated }) => isOutdated);
    for (const { session } of good) await endSession(session, scope);
    // An outdated token can end its own session, but not the user's other sessions.
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
