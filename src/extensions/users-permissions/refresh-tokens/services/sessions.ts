import { randomBytes } from 'node:crypto';
import orderBy from 'lodash/orderBy';
import uniqBy from 'lodash/uniqBy';
import { AccountRefused, nullIfRefused } from '../core/errors';
import { sessionEvent } from '../core/events';
import {
  endReasonOf,
  idleEndOf,
  toIso,
  type Owner,
  type RevokedReason,
  type Session,
} from '../core/session';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import type { RevocationService } from './revoke';
import { createRotate, type Caller } from './rotate';
import { requireAccount } from './require-account';
import { requireSession } from './require-session';
import { issueTokenPair, type TokenPair } from './token-pair';

/** 128 bits (OWASP ASVS 5.0, 7.2.3), which base64url writes in 22 characters. */
const SESSION_ID_BYTES = 16;

/** How many genuine refresh tokens of one request are looked up: each costs SQL statements. */
const MAXIMUM_TOKENS = 4;

/** How long ended sessions stay, so that an administrator can see what happened. In milliseconds. */
const RETENTION = 24 * 60 * 60 * 1000;

/** The client that logs in, as lists of sessions show it. */
export interface Client {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly deviceName: string | null;
}

/** A session in the list of its owner. Times are ISO 8601. */
export interface ListedSession {
  readonly id: string;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Who started the session in the place of its user; null for the user's own logins. */
  readonly impersonatedBy: string | null;
  /** Whether the access token of the request belongs to this session. */
  readonly current: boolean;
}

/** The session of the request that lists sessions, and the address of that request; null: the stored one. */
export interface CurrentSession {
  /** Absent when the access token belongs to no session. */
  readonly sessionId: string | undefined;
  readonly ipAddress: string | null;
}

/** What a session depends on besides its user. */
export interface LoginOptions {
  /** The stored hash that the password matched, or that the request has set; absent without a password. */
  readonly passwordHash?: string | undefined;
  /** False for a session that ends with the browser. Default: true. */
  readonly isRemembered?: boolean;
  /** The longest life of the session in milliseconds, where that is shorter than the settings say. */
  readonly lifetime?: number | undefined;
  /** Who starts the session in the user's place. It neither counts in `SESSION_LIMIT` nor ends others by it. */
  readonly impersonatedBy?: string | undefined;
  /** The sessions that this browser had: the genuine refresh tokens of the request. */
  readonly replaced?: readonly Pick<RefreshClaims, 'sessionId'>[];
}

export interface SessionService {
  /**
   * Starts a session for a user whose credentials have been checked, and revokes the sessions that this
   * browser had (OWASP ASVS 5.0, 7.2.4). Only if the account still allows it when the session is stored:
   * a login is worth no more than its password is at its end (design section 5).
   *
   * @throws {AccountRefused} the account is blocked, unconfirmed or without a role, or its password has
   *   been changed since
   * @throws {TokenRefused} the account has been deleted
   */
  start(userId: number, client: Client, options?: LoginOptions): Promise<TokenPair>;
  /** Whether a session, live or not, is to outlive the browser; true for an unknown one. */
  isRemembered(sessionId: string | undefined): Promise<boolean>;
  /**
   * Verifies signature, type and claims of a refresh token. Does not check its session.
   *
   * @throws {TokenRefused}
   */
  readRefreshToken(refreshToken: unknown): RefreshClaims;
  /** Returns the claims of those tokens that are genuine, newest first, four at most. */
  readGenuineRefreshTokens(refreshTokens: readonly string[]): RefreshClaims[];
  /**
   * Verifies signature, type, claims and end of an access token. Does not check its session.
   *
   * @throws {TokenRefused}
   */
  readAccessToken(accessToken: unknown): AccessClaims;
  /**
   * Exchanges a genuine refresh token for the next pair (design section 5). A browser may present
   * several tokens: the first good one counts.
   *
   * @param tokens one or more; a reuse counts only when no token is good
   * @throws {TokenRefused} no token is good; sessions may have been revoked
   * @throws {AccountRefused} the account is blocked or unconfirmed
   */
  rotate(tokens: readonly RefreshClaims[], caller: Caller): Promise<TokenPair>;
  /**
   * Verifies an access token, and that its session is live and belongs to its user. One query.
   *
   * @throws {TokenRefused}
   */
  authenticate(accessToken: unknown): Promise<AccessClaims>;
  logout: RevocationService['logout'];
  /**
   * Returns the live sessions of a user: the current one first, then by login, newest first. The current
   * session appears as if it were refreshed now: a thief with a copy of its token must not learn when
   * its owner last refreshed (docs/decisions/0027).
   */
  list(owner: Owner, current: CurrentSession): Promise<ListedSession[]>;
  /** Revokes one live session of this user; false when the user has no live session of that id. */
  revokeOwn(owner: Owner, sessionId: string): Promise<boolean>;
  /** Revokes all sessions of this user except the current one; resolves to their number. */
  revokeOthers(owner: Owner, currentSessionId: string | undefined): Promise<number>;
  /** Revokes every session of these users; resolves to their number. */
  revokeAll(userIds: readonly number[], reason: RevokedReason): Promise<number>;
  /**
   * Deletes sessions that ended more than a day ago or have no user; resolves to their number.
   *
   * @param signal ends the work after the statement at hand
   */
  purge(signal?: AbortSignal): Promise<number>;
}

const toListed = (session: Session, currentSessionId: string | undefined): ListedSession => ({
  id: session.sessionId,
  deviceName: session.deviceName,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  loginAt: toIso(session.loginAt),
  lastUsedAt: toIso(session.rotatedAt),
  expiresAt: toIso(session.expiresAt),
  impersonatedBy: session.impersonatedBy,
  current: session.sessionId === currentSessionId,
});

/** Whether a session belongs to a user. `store.find` has checked a row without a `userDocumentId`. */
const isOwnedBy = ({ userId, userDocumentId }: Session, { id, documentId }: Owner): boolean =>
  userId === id && (userDocumentId === null || userDocumentId === documentId);

/** Creates the session service. It keeps no state: everything is in the store. */
export const createSessionService = (dependencies: SessionServiceDependencies): SessionService => {
  const { store, tokens, settings, now, emit, isConfirmationRequired, ownClaims, revocations } =
    dependencies;
  const { revoke, revokeAll } = revocations;

  /** Revokes the oldest sessions beyond the limit. Parallel logins choose the same ones. */
  const enforceLimit = async (owner: Owner): Promise<void> => {
    if (settings.sessionLimit === 0) return;
    const surplus = await store.listSurplus(owner, now(), settings.sessionLimit);
    for (const session of surplus) await revoke(session, 'session-limit');
  };

  const revokeReplaced = async (replaced: LoginOptions['replaced'] = []): Promise<void> => {
    for (const { sessionId } of replaced) {
      const session = await store.findSession(sessionId);
      if (session && endReasonOf(session, now()) === null) await revoke(session, 'replaced');
    }
  };

  /** @throws when the session may not be stored: `requireAccount` says why, unless it is the password */
  const refuseLogin = async (userId: number): Promise<never> => {
    await requireAccount(await store.findAccount(userId), isConfirmationRequired);
    throw new AccountRefused('password-changed');
  };

  const asIfRefreshed = (session: Session, ipAddress: string | null): Session => ({
    ...session,
    rotatedAt: now(),
    expiresAt: idleEndOf(now(), settings.refreshTtl, session.absoluteExpiresAt),
    ipAddress: ipAddress ?? session.ipAddress,
  });

  return {
    async start(userId, client, options = {}) {
      const { passwordHash, isRemembered = true, lifetime = Infinity } = options;
      const { replaced, impersonatedBy = null } = options;
      const account = await store.findAccount(userId);
      const { documentId } = await requireAccount(account, isConfirmationRequired);
      const sessionId = randomBytes(SESSION_ID_BYTES).toString('base64url');
      // Before the session is stored: when it fails, no session is left behind.
      const own = (await ownClaims?.({ userId, sessionId })) ?? {};
      const at = now();
      const longest = isRemembered ? settings.sessionTtl : settings.browserSessionTtl;
      const absoluteExpiresAt = at + Math.min(longest, lifetime);
      const session = {
        sessionId,
        userId,
        userDocumentId: documentId,
        generation: 0,
        rotatedAt: at,
        expiresAt: idleEndOf(at, settings.refreshTtl, absoluteExpiresAt),
        retryKeyHash: null,
        remembered: isRemembered,
        impersonatedBy,
        absoluteExpiresAt,
        loginAt: at,
        ...client,
        revokedAt: null,
        revokedReason: null,
      };
      if (!(await store.insert(session, passwordHash))) return refuseLogin(userId);
      emit('session.created', sessionEvent(session));
      await revokeReplaced(replaced);
      if (impersonatedBy === null) await enforceLimit({ id: userId, documentId });
      return issueTokenPair(session, at, tokens, settings, own);
    },

    async isRemembered(sessionId) {
      const session = sessionId === undefined ? null : await store.findSession(sessionId);
      return session?.remembered ?? true;
    },

    readRefreshToken: (refreshToken) => tokens.verifyRefresh(refreshToken, now()),

    readGenuineRefreshTokens(refreshTokens) {
      const genuine = refreshTokens.flatMap(
        (token) => nullIfRefused(() => tokens.verifyRefresh(token, now())) ?? [],
      );
      const distinct = uniqBy(genuine, ({ sessionId, generation }) => `${sessionId} ${generation}`);
      return orderBy(distinct, 'iat', 'desc').slice(0, MAXIMUM_TOKENS);
    },

    readAccessToken: (accessToken) => tokens.verifyAccess(accessToken, now()),

    rotate: createRotate(dependencies),

    async authenticate(accessToken) {
      const claims = tokens.verifyAccess(accessToken, now());
      if (claims.sessionId === undefined) return claims;

      requireSession(claims, await store.find(claims.sessionId), now());
      return claims;
    },

    logout: revocations.logout,

    async list(owner, { sessionId, ipAddress }) {
      const live = await store.listLive(owner, now());
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
      if (!session || !isOwnedBy(session, owner) || endReasonOf(session, now())) return false;
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

    async purge(signal) {
      const ended = await store.deleteEnded(now() - RETENTION, signal);
      return ended + (await store.deleteOwnerless(signal));
    },
  };
};
