import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';
import compact from 'lodash/compact';
import ms from 'ms';
import { z } from 'zod';
import { AccountRefused, nullIfRefused, TokenRefused, type RefusalReason } from './core/errors';
import { sessionEvent } from './core/events';
import { idleEndOf, toIso, type Session } from './core/session';
import type { SessionStore } from './core/session-store';
import { toVerifiers, verifySignature } from './core/signatures';
import type { RefreshClaims, TokenService } from './core/tokens';
import { deviceNameOf } from './http/request';
import type { SessionServiceDependencies } from './services/dependencies';
import { requireAccount } from './services/require-account';
import type { RevocationService } from './services/revoke';
import type { Caller } from './services/rotate';
import type { SessionService } from './services/sessions';
import { issueTokenPair } from './services/token-pair';
import type { Settings } from './settings/settings';
import { retryLostRaces } from './store/lost-race';
import { createUserStore, type StoredAccount } from './strapi/user-store';

/** Strapi's table `strapi_sessions`. Each row of a user is one refresh token of its refresh mode. */
const STRAPI_SESSION = 'admin::session';

/** `origin` of the rows that we add there: earlier tokens that were used or ended. Strapi deletes them when they expire. */
const ENDED = 'refresh-tokens';

/** `sessionId` of such a row that ends all earlier tokens of its user. */
const ALL = 'all';

/** Longer than an earlier token lives, in milliseconds. */
const LONGEST_LIFE = ms('1y');

interface AdoptionDependencies extends Pick<
  SessionServiceDependencies,
  'store' | 'tokens' | 'now' | 'isConfirmationRequired' | 'ownClaims' | 'emit' | 'warn'
> {
  readonly strapi: Core.Strapi;
  readonly settings: Settings;
  readonly log: (message: string) => void;
}

/** A genuine refresh token from before the move, as the refresh token of generation 0 of the session for it. */
interface EarlierClaims extends RefreshClaims {
  readonly userId: number;
  /** Seconds since the epoch. */
  readonly exp: number;
  /** The session in Strapi's table; null for a token of the tutorial, which has none. */
  readonly strapiId: string | null;
}

/** An earlier token that neither was used nor has ended. */
interface LiveToken {
  readonly claims: EarlierClaims;
  /** Its row in Strapi's table; absent for a token of the tutorial. */
  readonly rowId?: number;
  /** The absolute end of the earlier session, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** One whose account may log in. */
interface Exchange extends LiveToken {
  readonly owner: StoredAccount;
}

type Client = Pick<Caller, 'ipAddress' | 'userAgent' | 'retryKeyHash'>;

const isEarlier = (claims: object): claims is EarlierClaims => 'strapiId' in claims;

/** As Strapi signs it, without `iat` (`@strapi/core/dist/services/session-manager.js`). */
const strapiClaims = z
  .object({
    type: z.literal('refresh'),
    userId: z.string().regex(/^\d+$/).transform(Number).pipe(z.int32()),
    sessionId: z.string().regex(/^[\da-f]{32}$/),
    exp: z.int(),
  })
  .transform(({ userId, sessionId, exp }) => ({ userId, strapiId: sessionId, exp }));

/** As the tutorial signs it: `issueRefreshToken({ id: user.id })`. */
const tutorialClaims = z
  .object({ id: z.int32(), exp: z.int() })
  .transform(({ id, exp }) => ({ userId: id, strapiId: null, exp }));

/**
 * Returns the id of the session for an earlier token: Strapi's 128 bits as our ids are written, or 128 bits of a
 * hash. Nobody can guess that one, since the signature is a part of the token.
 */
const sessionIdFor = (token: string, strapiId: string | null): string => {
  const bytes =
    strapiId === null ? createHash('sha256').update(token).digest() : Buffer.from(strapiId, 'hex');
  return bytes.subarray(0, 16).toString('base64url');
};

/**
 * Keeps the users of an app logged in that moves here: until `ADOPT_SESSIONS_UNTIL` a refresh token of Strapi's
 * own refresh mode, or of the tutorial's code, is exchanged once for a session (docs/moving.md,
 * docs/decisions/0037). Only `compose.ts` imports this file, so that it can be deleted afterwards.
 *
 * An earlier token becomes generation 0 of a session that is stored with generation 1. So what holds for the
 * previous token of a session holds for it: leeway, retry key, reuse, logout.
 */
export const createSessionAdoption = ({
  strapi: { db },
  settings,
  store,
  tokens,
  now,
  isConfirmationRequired,
  ownClaims,
  emit,
  log,
  warn,
}: AdoptionDependencies) => {
  const { until, jwtSecret } = settings.adoptSessions;
  const strapiVerifiers = toVerifiers(compact([...settings.accessSecrets, jwtSecret]));
  const tutorialVerifiers = toVerifiers(settings.refreshSecrets);
  const users = createUserStore(db);
  const rows = () => db.query(STRAPI_SESSION);

  const isOpen = (): boolean => until !== undefined && now() < until;

  /** @param refusal why it is no refresh token of ours: Strapi's have another secret, the tutorial's no `type` */
  const readEarlier = (token: string, refusal: RefusalReason, at: number): EarlierClaims | null => {
    const isStrapi = refusal === 'bad-signature';
    if (!isStrapi && refusal !== 'wrong-type') return null;
    const verifiers = isStrapi ? strapiVerifiers : tutorialVerifiers;
    const payload = nullIfRefused(() =>
      verifySignature(token, verifiers, { now: at, ignoreExpiration: true }),
    );
    const { data } = (isStrapi ? strapiClaims : tutorialClaims).safeParse(payload);
    if (!data) return null;
    const sessionId = sessionIdFor(token, data.strapiId);
    // `iat`: a token of ours beside it is newer.
    return { ...data, sessionId, generation: 0, iat: 0, isExpired: at >= data.exp * 1000 };
  };

  /** The condition that a token is live in Strapi's table, as Strapi's own refresh has it. */
  const liveInStrapi = ({ strapiId, userId }: EarlierClaims) => ({
    sessionId: strapiId,
    userId: String(userId),
    origin: 'users-permissions',
    status: 'active',
    expiresAt: { $gt: new Date(now()) },
    absoluteExpiresAt: { $gt: new Date(now()) },
  });

  const rememberEnded = async (
    userIds: readonly number[],
    sessionId: string,
    expiresAt: Date,
  ): Promise<boolean> => {
    const ended = { sessionId, origin: ENDED, expiresAt, absoluteExpiresAt: expiresAt };
    const data = userIds.map((id) => ({ ...ended, userId: String(id) }));
    return (await rows().createMany({ data })).count > 0;
  };

  /** Finds an earlier token that is live, and its row in Strapi's table, in one read; null when it is not live. */
  const findLive = async (claims: EarlierClaims): Promise<LiveToken | null> => {
    if (claims.isExpired) return null;
    const ended = {
      origin: ENDED,
      userId: String(claims.userId),
      sessionId: { $in: [claims.sessionId, ALL] },
    };
    const found = await rows().findMany({ where: { $or: [ended, liveInStrapi(claims)] } });
    if (found.some(({ origin }) => origin === ENDED)) return null;
    if (claims.strapiId === null) return { claims, endsAt: Infinity };
    const [row] = found;
    return row
      ? { claims, rowId: Number(row.id), endsAt: new Date(row.absoluteExpiresAt).getTime() }
      : null;
  };

  /** Ends an earlier token. False when the row of Strapi's table is no longer live. */
  const end = async ({ claims, rowId }: LiveToken): Promise<boolean> => {
    const { userId, sessionId, exp } = claims;
    if (rowId === undefined) return rememberEnded([userId], sessionId, new Date(exp * 1000));
    const where = { id: rowId, ...liveInStrapi(claims) };
    return (await rows().deleteMany({ where })).count === 1;
  };

  /**
   * Returns what an exchange needs; null for a token of ours, and for an earlier one that is not live.
   *
   * @throws {AccountRefused} the account is blocked, unconfirmed or without a role
   */
  const prepare = async (claims: object | undefined): Promise<Exchange | null> => {
    if (!claims || !isEarlier(claims)) return null;
    // Its password first: if that changes from here on, no session is stored.
    const [owner] = await users.find({ id: claims.userId });
    const live = await findLive(claims);
    if (!owner || !live) return null;
    await requireAccount(await store.findAccount(owner.id), isConfirmationRequired);
    return { ...live, owner };
  };

  /**
   * Stores the session of an earlier token and ends that token, both or neither. The unique index on the session
   * id decides between requests with one token.
   *
   * @returns null when another request was first
   * @throws {TokenRefused} the token or its account has ended meanwhile
   */
  const exchange = async (
    { owner, ...live }: Exchange,
    { ipAddress, userAgent, retryKeyHash }: Client,
  ): Promise<Session | null> => {
    const { claims, endsAt } = live;
    const at = now();
    const absoluteExpiresAt = Math.min(at + settings.sessionTtl, endsAt);
    const session = {
      sessionId: claims.sessionId,
      userId: owner.id,
      userDocumentId: owner.documentId,
      generation: 1,
      rotatedAt: at,
      expiresAt: idleEndOf(at, settings.refreshTtl, absoluteExpiresAt),
      retryKeyHash,
      remembered: true,
      impersonatedBy: null,
      absoluteExpiresAt,
      loginAt: at,
      deviceName: deviceNameOf(userAgent),
      userAgent,
      ipAddress,
      revokedAt: null,
      revokedReason: null,
    };
    const storeAndEnd = async (): Promise<void> => {
      const isDone =
        (await store.insert(session, owner.password ?? undefined)) && (await end(live));
      if (!isDone) throw new TokenRefused('unknown-session', claims.sessionId);
    };
    try {
      await retryLostRaces(() => db.transaction(storeAndEnd));
    } catch (error) {
      if (await store.findSession(session.sessionId)) return null;
      throw error;
    }
    emit('session.created', sessionEvent(session));
    return session;
  };

  /** Exchanges an earlier token so that its session can be ended. A token that cannot be exchanged is ended. */
  const exchangeToEnd = async (claims: object, client: Client): Promise<Session | null> => {
    try {
      const prepared = await prepare(claims);
      return prepared && (await exchange(prepared, client));
    } catch (error) {
      if (error instanceof TokenRefused) return null;
      if (!(error instanceof AccountRefused) || !isEarlier(claims)) throw error;
      const live = await findLive(claims);
      if (live) await end(live);
      return null;
    }
  };

  return {
    /** Logs until when earlier tokens are exchanged, or that the time is over. */
    announce(): void {
      if (until === undefined) return;
      if (isOpen()) {
        log(
          `Earlier refresh tokens are exchanged until ${toIso(until)}: those in a body, and those in ` +
            `a cookie named ${settings.cookie.name}.`,
        );
      } else {
        warn('ADOPT_SESSIONS_UNTIL is over. Remove it; docs/moving.md says what can be deleted.');
      }
    },

    /** The token service, which also reads earlier refresh tokens. */
    tokens: {
      ...tokens,
      verifyRefresh(token, at) {
        try {
          return tokens.verifyRefresh(token, at);
        } catch (error) {
          const earlier =
            error instanceof TokenRefused && typeof token === 'string' && isOpen()
              ? readEarlier(token, error.reason, at)
              : null;
          if (earlier) return earlier;
          throw error;
        }
      },
    } satisfies TokenService,

    /** The store, which ends earlier tokens too where all sessions of a user end. */
    store: {
      ...store,
      async revokeAll(owners, ...rest) {
        const ids = owners.map(({ id }) => id);
        if (isOpen() && ids.length > 0) {
          await rememberEnded(ids, ALL, new Date(now() + LONGEST_LIFE));
        }
        return store.revokeAll(owners, ...rest);
      },
    } satisfies SessionStore,

    /** Returns the session service, which exchanges earlier tokens first. */
    extend: (
      sessions: SessionService,
      { revoke }: Pick<RevocationService, 'revoke'>,
    ): SessionService => ({
      ...sessions,

      async rotate(presented, caller) {
        // The newest one: a token of ours goes before earlier ones.
        const prepared = await prepare(presented[0]);
        if (!prepared) return sessions.rotate(presented, caller);
        const { sessionId, userId } = prepared.claims;
        // Before the session is stored: when it fails, the client can send the same token again.
        const own = (await ownClaims?.({ sessionId, userId })) ?? {};
        const session = await exchange(prepared, caller);
        return session
          ? issueTokenPair(session, session.rotatedAt, tokens, settings, own)
          : sessions.rotate(presented, caller);
      },

      async start(userId, client, options = {}) {
        const pair = await sessions.start(userId, client, options);
        for (const claims of options.replaced ?? []) {
          const session = await exchangeToEnd(claims, { ...client, retryKeyHash: null });
          if (session) await revoke(session, 'replaced');
        }
        return pair;
      },

      async logout(presented, scope, ipAddress) {
        for (const claims of presented) {
          await exchangeToEnd(claims, { ipAddress, userAgent: null, retryKeyHash: null });
        }
        await sessions.logout(presented, scope, ipAddress);
      },
    }),
  };
};
