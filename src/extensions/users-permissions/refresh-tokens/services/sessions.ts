import { randomBytes } from 'node:crypto';
import orderBy from 'lodash/orderBy';
import { TokenRefused } from '../core/errors';
import { sessionEvent } from '../core/events';
import { endOf, type Owner, type RevokedReason, type Session } from '../core/session';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import type { Revocations } from './revoke';
import { createRotate, type Caller } from './rotate';
import { requireAccount } from './require-account';
import { issueTokenPair, type TokenPair } from './token-pair';

/** 128 bits (OWASP ASVS 5.0, 7.2.3), written in 22 characters. */
const SESSION_ID_BYTES = 16;

/** Ended sessions stay for a day: they say what happened. In milliseconds. */
const RETENTION = 24 * 60 * 60 * 1000;

/** The device that logs in. */
export interface Client {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly deviceName: string | null;
}

/** A session as its owner sees it. Times are ISO 8601. */
export interface ListedSession {
  readonly id: string;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Whether the request that asks belongs to it. */
  readonly current: boolean;
}

/** The request that asks for a list of sessions. */
export interface CurrentSession {
  /** Absent when the access token is tied to no session. */
  readonly sessionId: string | undefined;
  readonly ipAddress: string | null;
}

/** The life of a session: started, rotated, checked, listed, revoked, purged. */
export interface SessionService {
  /**
   * Starts a session for a user whose credentials have been checked.
   *
   * @throws {AccountRefused} the account is blocked or unconfirmed: Strapi lets both reset a password
   */
  start(userId: number, client: Client): Promise<TokenPair>;
  /**
   * Verifies a refresh token by itself: signature and type. Says nothing of its session.
   *
   * @throws {TokenRefused}
   */
  readRefreshToken(refreshToken: unknown): RefreshClaims;
  /**
   * Verifies an access token by itself. Says nothing of its session.
   *
   * @throws {TokenRefused}
   */
  readAccessToken(accessToken: unknown): AccessClaims;
  /**
   * Exchanges a genuine refresh token for the next pair (design section 5). A browser may present
   * several: the first good one counts.
   *
   * @param tokens one or more; reuse is raised only where none is good
   * @throws {TokenRefused} no token lets anybody in; the session may have been revoked for it
   * @throws {AccountRefused} the account is blocked or unconfirmed
   */
  rotate(tokens: readonly RefreshClaims[], caller: Caller): Promise<TokenPair>;
  /**
   * Verifies an access token, and that its session is live and belongs to its user. One statement.
   *
   * @throws {TokenRefused}
   */
  authenticate(accessToken: unknown): Promise<AccessClaims>;
  /**
   * Ends the sessions of genuine tokens, or with scope `all` every session of their users. Where a
   * session has ended already there is nothing to do, and that is success (RFC 7009, section 2.2).
   */
  logout: Revocations['logout'];
  /**
   * The live sessions of a user: the current one first, then the newest login. Of the current one it
   * does not tell when it was rotated: a thief with a copy of its token would learn when to hide
   * (docs/decisions/0027).
   */
  list(owner: Owner, current: CurrentSession): Promise<ListedSession[]>;
  /** Revokes one live session of this user; false when they have none of that id. */
  revokeOwn(owner: Owner, sessionId: string): Promise<boolean>;
  /** Revokes all sessions of this user but one; resolves to how many there were. */
  revokeOthers(owner: Owner, currentSessionId: string | undefined): Promise<number>;
  /** Revokes every session of these users; resolves to how many there were. */
  revokeAll(userIds: readonly number[], reason: RevokedReason): Promise<number>;
  /** Deletes sessions that ended more than a day ago, and those without a user; resolves to how many. */
  purge(): Promise<number>;
}

const toIso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const toListed = (session: Session, currentSessionId: string | undefined): ListedSession => ({
  id: session.sessionId,
  deviceName: session.deviceName,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  loginAt: toIso(session.loginAt),
  lastUsedAt: toIso(session.rotatedAt),
  expiresAt: toIso(session.expiresAt),
  current: session.sessionId === currentSessionId,
});

/** Whether a session belongs to a user. A row of version 1.0.0 has been checked by the store. */
const isOwnedBy = ({ userId, userDocumentId }: Session, { id, documentId }: Owner): boolean =>
  userId === id && (userDocumentId === null || userDocumentId === documentId);

/** Makes the session service. It has no state of its own: the store has it all. */
export const createSessionService = (dependencies: SessionServiceDependencies): SessionService => {
  const { store, tokens, settings, now, emit, isConfirmationRequired, revocations } =
    dependencies;
  const { revoke, revokeAll } = revocations;

  /** The oldest sessions beyond the limit go; several logins at once agree on which those are. */
  const enforceLimit = async (owner: Owner): Promise<void> => {
    if (settings.sessionLimit === 0) return;
    const surplus = await store.listLive(owner, { now: now(), offset: settings.sessionLimit });
    for (const session of surplus) await revoke(session, 'session-limit');
  };

  /** When a session that is refreshed at this moment idles out. */
  const idleEnd = (at: number, absoluteExpiresAt: number): number =>
    Math.min(at + settings.refreshTtl, absoluteExpiresAt);

  /** What a session would be if it were refreshed now, from where the request comes. */
  const asIfRefreshed = (session: Session, ipAddress: string | null): Session => ({
    ...session,
    rotatedAt: now(),
    expiresAt: idleEnd(now(), session.absoluteExpiresAt),
    ipAddress,
  });

  return {
    async start(userId, client) {
      const account = await store.findAccount(userId);
      const { documentId } = await requireAccount(account, isConfirmationRequired);
      const at = now();
      const absoluteExpiresAt = at + settings.sessionTtl;
      const session: Session = {
        sessionId: randomBytes(SESSION_ID_BYTES).toString('base64url'),
        userId,
        userDocumentId: documentId,
        generation: 0,
        rotatedAt: at,
        expiresAt: idleEnd(at, absoluteExpiresAt),
        retryKeyHash: null,
        remembered: true,
        absoluteExpiresAt,
        loginAt: at,
        ...client,
        revokedAt: null,
        revokedReason: null,
      };
      await store.insert(session);
      emit('session.created', sessionEvent(session));
      await enforceLimit({ id: userId, documentId });
      return issueTokenPair(session, at, tokens, settings);
    },

    readRefreshToken: (refreshToken) => tokens.verifyRefresh(refreshToken, now()),

    readAccessToken: (accessToken) => tokens.verifyAccess(accessToken, now()),

    rotate: createRotate(dependencies),

    async authenticate(accessToken) {
      const claims = tokens.verifyAccess(accessToken, now());
      if (claims.sessionId === undefined) return claims;

      const stored = await store.find(claims.sessionId);
      if (!stored) throw new TokenRefused('unknown-session', claims.sessionId);
      const { session, user } = stored;
      const ended = endOf(session, now());
      if (ended) throw new TokenRefused(ended, claims.sessionId);
      if (session.userId !== claims.id) throw new TokenRefused('bad-claims', claims.sessionId);
      if (!user) throw new TokenRefused('user-deleted', claims.sessionId);
      return claims;
    },

    logout: revocations.logout,

    async list(owner, { sessionId, ipAddress }) {
      const live = await store.listLive(owner, { now: now() });
      const listed = live.map((session) =>
        toListed(
          session.sessionId === sessionId ? asIfRefreshed(session, ipAddress) : session,
          sessionId,
        ),
      );
      return orderBy(listed, ['current', 'loginAt'], ['desc', 'desc']);
    },

    async revokeOwn(owner, sessionId) {
      const { session } = (await store.find(sessionId)) ?? {};
      if (!session || !isOwnedBy(session, owner) || endOf(session, now())) return false;
      return revoke(session, 'revoked-by-user');
    },

    revokeOthers: (owner, currentSessionId) =>
      revokeAll([owner], 'revoked-by-user', currentSessionId),

    async revokeAll(userIds, reason) {
      const owners: Owner[] = [];
      for (const id of userIds) {
        const account = await store.findAccount(id);
        if (account) owners.push({ id, documentId: account.documentId });
      }
      return revokeAll(owners, reason);
    },

    async purge() {
      return (await store.deleteEnded(now() - RETENTION)) + (await store.deleteOwnerless());
    },
  };
};
