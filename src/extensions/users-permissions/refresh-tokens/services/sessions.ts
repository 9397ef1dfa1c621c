import { randomBytes } from 'node:crypto';
import orderBy from 'lodash/orderBy';
import { TokenRefused } from '../core/errors';
import { sessionEvent } from '../core/events';
import { endOf, type RevokedReason, type Session } from '../core/session';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import type { Revocations } from './revoke';
import { createRotate } from './rotate';
import { requireAccount } from './require-account';
import { mintPair, type TokenPair } from './token-pair';

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
   * Exchanges a genuine refresh token for the next pair (design section 5).
   *
   * @throws {TokenRefused} the token lets nobody in; the session may have been revoked for it
   * @throws {AccountRefused} the account is blocked or unconfirmed
   */
  rotate(claims: RefreshClaims, ipAddress: string | null): Promise<TokenPair>;
  /**
   * Verifies an access token and that its session is live. One statement.
   *
   * @throws {TokenRefused}
   */
  authenticate(accessToken: unknown): Promise<AccessClaims>;
  /**
   * Ends the session of a genuine token, or with scope `all` every session of its user. Where the
   * session has ended already there is nothing to do, and that is success (RFC 7009, section 2.2).
   */
  logout: Revocations['logout'];
  /** The live sessions of a user: the current one first, then the newest login. */
  list(userId: number, currentSessionId: string | undefined): Promise<ListedSession[]>;
  /** Revokes one live session of this user; false when they have none of that id. */
  revokeOwn(userId: number, sessionId: string): Promise<boolean>;
  /** Revokes all sessions of this user but one; resolves to how many there were. */
  revokeOthers(userId: number, currentSessionId: string | undefined): Promise<number>;
  /** Revokes every session of these users; resolves to how many there were. */
  revokeAll(userIds: readonly number[], reason: RevokedReason): Promise<number>;
  /** Deletes sessions that ended more than a day ago; resolves to how many. */
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

/** Makes the session service. It has no state of its own: the store has it all. */
export const createSessionService = (dependencies: SessionServiceDependencies): SessionService => {
  const { store, tokens, settings, now, announce, isConfirmationRequired, revocations } =
    dependencies;
  const { revoke, revokeAll } = revocations;

  /** The oldest sessions beyond the limit go; several logins at once agree on which those are. */
  const enforceLimit = async (userId: number): Promise<void> => {
    if (settings.sessionLimit === 0) return;
    const surplus = await store.listLive(userId, { now: now(), offset: settings.sessionLimit });
    for (const session of surplus) await revoke(session, 'session-limit');
  };

  return {
    async start(userId, client) {
      await requireAccount(await store.findAccount(userId), isConfirmationRequired);
      const at = now();
      const absoluteExpiresAt = at + settings.sessionTtl;
      const session: Session = {
        sessionId: randomBytes(SESSION_ID_BYTES).toString('base64url'),
        userId,
        generation: 0,
        rotatedAt: at,
        expiresAt: Math.min(at + settings.refreshTtl, absoluteExpiresAt),
        absoluteExpiresAt,
        loginAt: at,
        ...client,
        revokedAt: null,
        revokedReason: null,
      };
      await store.insert(session);
      announce('session.created', sessionEvent(session));
      await enforceLimit(userId);
      return mintPair(session, at, tokens, settings);
    },

    readRefreshToken: (refreshToken) => tokens.verifyRefresh(refreshToken, now()),

    readAccessToken: (accessToken) => tokens.verifyAccess(accessToken, now()),

    rotate: createRotate(dependencies),

    async authenticate(accessToken) {
      const claims = tokens.verifyAccess(accessToken, now());
      if (claims.sessionId === undefined) return claims;

      const session = await store.findSession(claims.sessionId);
      if (!session) throw new TokenRefused('unknown-session', claims.sessionId);
      const ended = endOf(session, now());
      if (ended) throw new TokenRefused(ended, claims.sessionId);
      if (session.userId !== claims.id) throw new TokenRefused('bad-claims', claims.sessionId);
      return claims;
    },

    logout: revocations.logout,

    async list(userId, currentSessionId) {
      const live = await store.listLive(userId, { now: now() });
      const listed = live.map((session) => toListed(session, currentSessionId));
      return orderBy(listed, ['current', 'loginAt'], ['desc', 'desc']);
    },

    async revokeOwn(userId, sessionId) {
      const session = await store.findSession(sessionId);
      if (session?.userId !== userId || endOf(session, now())) return false;
      return revoke(session, 'revoked-by-user');
    },

    revokeOthers: (userId, currentSessionId) =>
      revokeAll([userId], 'revoked-by-user', currentSessionId),

    revokeAll: (userIds, reason) => revokeAll(userIds, reason),

    purge: () => store.deleteEnded(now() - RETENTION),
  };
};
