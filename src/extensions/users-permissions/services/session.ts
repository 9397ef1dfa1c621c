import { randomBytes } from 'node:crypto';
import { AccountRefused, TokenRefused } from '../core/errors';
import type { SessionEvent, SessionEventName } from '../core/events';
import { sessionEvent } from '../core/events';
import { judge, type Verdict } from '../core/rotation';
import { endOf, type RevokedReason, type Session, type SessionWithUser } from '../core/session';
import type { SessionStore } from '../core/session-store';
import type { Settings } from '../core/settings';
import type { AccessClaims, RefreshClaims, Tokens } from '../core/tokens';

/** 128 bits (OWASP ASVS 5.0, 7.2.3), written in 22 characters. */
const SESSION_ID_BYTES = 16;

/** Each lost race means that another caller moved the session on; more than this is a fault of ours. */
const MAXIMUM_ATTEMPTS = 10;

/** The device that logs in. */
export interface Client {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly deviceName: string | null;
}

/** What a login or a refresh yields. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** What the refresh token has left, in milliseconds. */
  readonly refreshMaxAge: number;
}

/** What the session service needs from around it. */
export interface SessionServiceDependencies {
  readonly store: SessionStore;
  readonly tokens: Tokens;
  readonly settings: Pick<Settings, 'accessTtl' | 'refreshTtl' | 'sessionTtl' | 'leeway'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether users must have confirmed their e-mail address. Asked for unconfirmed users only. */
  readonly isConfirmationRequired: () => Promise<boolean>;
  readonly announce: (name: SessionEventName, event: SessionEvent) => void;
  readonly warn: (message: string) => void;
}

/** The life of a session: started, rotated, checked, revoked. */
export interface SessionService {
  /** Starts a session for a user whose credentials have been checked. */
  start(userId: number, client: Client): Promise<TokenPair>;
  /**
   * Exchanges a refresh token for the next pair (design section 5).
   *
   * @throws {TokenRefused} the token lets nobody in; the session may have been revoked for it
   * @throws {AccountRefused} the account is blocked or unconfirmed
   */
  rotate(refreshToken: unknown, ipAddress: string | null): Promise<TokenPair>;
  /**
   * Verifies an access token and that its session is live.
   *
   * @throws {TokenRefused}
   */
  authenticate(accessToken: unknown): Promise<AccessClaims>;
  /**
   * Ends the session of a token, or with scope `all` every session of its user. A token that is no
   * longer valid ends nothing, and that is success (RFC 7009, section 2.2).
   *
   * @returns false when neither token was of use and no refresh token was there at all
   */
  logout(
    credentials: { refreshToken?: unknown; accessToken?: unknown },
    scope: 'session' | 'all',
  ): Promise<boolean>;
  /** Revokes every session of these users; resolves to how many there were. */
  revokeAll(userIds: readonly number[], reason: RevokedReason): Promise<number>;
}

const describe = (session: Session, ipAddress: string | null): string =>
  `user ${session.userId}, session ${session.sessionId}, ` +
  `device ${session.deviceName ?? 'unknown'}, address ${ipAddress ?? 'unknown'}`;

/** Makes the session service. It has no state of its own: the store has it all. */
export const createSessionService = ({
  store,
  tokens,
  settings,
  now,
  isConfirmationRequired,
  announce,
  warn,
}: SessionServiceDependencies): SessionService => {
  const mintPair = (session: Session, at: number): TokenPair => ({
    accessToken: tokens.mintAccess(
      { id: session.userId, sessionId: session.sessionId },
      {
        issuedAt: at,
        expiresAt: Math.min(at + settings.accessTtl, session.absoluteExpiresAt),
      },
    ),
    // From the row alone, so that every caller of one generation gets the same bytes.
    refreshToken: tokens.mintRefresh(session, {
      issuedAt: session.rotatedAt,
      expiresAt: session.expiresAt,
    }),
    refreshMaxAge: session.expiresAt - at,
  });

  const revoke = async (session: Session, reason: RevokedReason, at: number): Promise<boolean> => {
    const isFirst = await store.revoke(session.sessionId, { reason, at });
    if (isFirst) announce('session.revoked', sessionEvent(session, reason));
    return isFirst;
  };

  const revokeAll = async (userIds: readonly number[], reason: RevokedReason): Promise<number> => {
    const revoked = await store.revokeAll(userIds, { reason, at: now() });
    for (const session of revoked) announce('session.revoked', sessionEvent(session, reason));
    return revoked.length;
  };

  const revokeReused = async (
    session: Session,
    generation: number,
    ipAddress: string | null,
  ): Promise<void> => {
    const isFirst = await revoke(session, 'reuse-detected', now());
    if (!isFirst) return;
    announce('session.reuse-detected', sessionEvent({ ...session, ipAddress }, 'reuse-detected'));
    warn(
      `Refresh token reused: ${describe(session, ipAddress)}; ` +
        `generation ${generation} was presented, ${session.generation} is current. ` +
        'The session has been revoked.',
    );
  };

  const requireConfirmation = async ({ user }: SessionWithUser): Promise<void> => {
    if (user && !user.confirmed && (await isConfirmationRequired())) {
      throw new AccountRefused('unconfirmed');
    }
  };

  /** Moves the session on; null when someone else was first and the token must be judged again. */
  const advance = async (
    session: Session,
    { from, to }: Extract<Verdict, { kind: 'rotate' | 'restore' }>,
    ipAddress: string | null,
    at: number,
  ): Promise<TokenPair | null> => {
    const rotated: Session = {
      ...session,
      generation: to,
      rotatedAt: at,
      expiresAt: Math.min(at + settings.refreshTtl, session.absoluteExpiresAt),
      ipAddress,
    };
    if (!(await store.rotate({ ...rotated, from, to }))) return null;
    announce('session.rotated', sessionEvent(rotated));
    return mintPair(rotated, at);
  };

  const carryOut = async (
    verdict: Verdict,
    claims: RefreshClaims,
    stored: SessionWithUser | null,
    ipAddress: string | null,
    at: number,
  ): Promise<TokenPair | null> => {
    if (verdict.kind === 'refuse') throw new TokenRefused(verdict.reason, claims.sessionId);
    if (!stored) throw new Error(`Verdict ${verdict.kind} without a session`);
    const { session } = stored;

    switch (verdict.kind) {
      case 'revoke':
        await revoke(session, verdict.reason, at);
        if (verdict.reason === 'user-blocked') throw new AccountRefused('blocked');
        throw new TokenRefused('user-deleted', session.sessionId);
      case 'reuse':
        // The revocation is done before the refusal is thrown: no error may undo it.
        await revokeReused(session, claims.generation, ipAddress);
        throw new TokenRefused('reuse-detected', session.sessionId);
      case 'repeat':
        await requireConfirmation(stored);
        return mintPair(session, at);
      case 'restore':
        await requireConfirmation(stored);
        warn(
          `Refresh token newer than its session: ${describe(session, ipAddress)}; ` +
            `generation ${claims.generation} was presented, ${session.generation} is stored. ` +
            'Was the database restored from a backup?',
        );
        return advance(session, verdict, ipAddress, at);
      case 'rotate':
        await requireConfirmation(stored);
        return advance(session, verdict, ipAddress, at);
    }
  };

  /** The claims of a token, or null when it is refused. A fault of ours stays a fault. */
  const claimsOf = <Claims>(verify: () => Claims): Claims | null => {
    try {
      return verify();
    } catch (error) {
      if (error instanceof TokenRefused) return null;
      throw error;
    }
  };

  const endSession = async (session: Session, scope: 'session' | 'all'): Promise<void> => {
    if (endOf(session, now())) return;
    if (scope === 'all') await revokeAll([session.userId], 'logout-all');
    else await revoke(session, 'logout', now());
  };

  const logoutByRefreshToken = async (
    claims: RefreshClaims,
    scope: 'session' | 'all',
  ): Promise<void> => {
    const session = await store.findSession(claims.sessionId);
    if (!session) return;
    if (claims.generation < session.generation - 1) {
      // An old token has no say over other sessions, but what it proves ends its own.
      await revokeReused(session, claims.generation, null);
    } else {
      await endSession(session, scope);
    }
  };

  const logoutByAccessToken = async (
    claims: AccessClaims,
    scope: 'session' | 'all',
  ): Promise<void> => {
    if (claims.sessionId === undefined) {
      if (scope === 'all') await revokeAll([claims.id], 'logout-all');
      return;
    }
    const session = await store.findSession(claims.sessionId);
    if (session && session.userId === claims.id) await endSession(session, scope);
  };

  return {
    async start(userId, client) {
      const at = now();
      const absoluteExpiresAt = at + settings.sessionTtl;
      const session = {
        sessionId: randomBytes(SESSION_ID_BYTES).toString('base64url'),
        userId,
        generation: 0,
        rotatedAt: at,
        expiresAt: Math.min(at + settings.refreshTtl, absoluteExpiresAt),
        absoluteExpiresAt,
        loginAt: at,
        ...client,
      };
      await store.insert(session);
      const started: Session = { ...session, revokedAt: null, revokedReason: null };
      announce('session.created', sessionEvent(started));
      return mintPair(started, at);
    },

    async rotate(refreshToken, ipAddress) {
      const claims = tokens.verifyRefresh(refreshToken, now());
      for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
        const stored = await store.find(claims.sessionId);
        const at = now();
        const verdict = judge(claims, stored, at, settings.leeway);
        const pair = await carryOut(verdict, claims, stored, ipAddress, at);
        if (pair) return pair;
      }
      throw new Error(`Session ${claims.sessionId} changed ${MAXIMUM_ATTEMPTS} times while read`);
    },

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

    async logout({ refreshToken, accessToken }, scope) {
      const refresh = claimsOf(() => tokens.verifyRefresh(refreshToken, now()));
      if (refresh) {
        await logoutByRefreshToken(refresh, scope);
        return true;
      }
      const access = claimsOf(() => tokens.verifyAccess(accessToken, now()));
      if (access) {
        await logoutByAccessToken(access, scope);
        return true;
      }
      return refreshToken !== undefined;
    },

    revokeAll,
  };
};
