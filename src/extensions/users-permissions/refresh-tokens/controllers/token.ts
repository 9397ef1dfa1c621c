import orderBy from 'lodash/orderBy';
import uniqBy from 'lodash/uniqBy';
import { TokenRefused } from '../core/errors';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { RateLimits } from '../http/rate-limits';
import { answerRefusal, refusal } from '../http/refusals';
import { bearerTokenOf, bodyField, callerOf, ipAddressOf, retryKeyHashOf } from '../http/request';
import { logoutBody } from '../http/schemas';
import type { PresentedTokens, Transport } from '../http/transport';
import type { LogoutScope } from '../services/revoke';
import type { SessionService } from '../services/sessions';
import type { Action, StrapiKoaContext } from '../shapes';

interface TokenDependencies {
  readonly sessions: SessionService;
  readonly transport: Transport;
  readonly rateLimits: RateLimits;
  readonly log: (message: string) => void;
}

/** Genuine refresh tokens of one request that are looked at, newest first. Each costs statements. */
const MAXIMUM_TOKENS = 4;

const readScope = (ctx: StrapiKoaContext): LogoutScope => {
  const scope = logoutBody.shape.scope.safeParse(bodyField(ctx, 'scope'));
  if (!scope.success) throw refusal('unknown-scope');
  return scope.data ?? 'session';
};

/** What was read, or null where the token is refused. A fault of ours stays a fault. */
const unlessRefused = <Claims>(read: () => Claims): Claims | null => {
  try {
    return read();
  } catch (error) {
    if (error instanceof TokenRefused) return null;
    throw error;
  }
};

/** The two actions that authenticate by refresh token. */
export const createTokenActions = ({
  sessions,
  transport,
  rateLimits,
  log,
}: TokenDependencies): { refresh: Action; logout: Action } => {
  const present = (ctx: StrapiKoaContext): PresentedTokens | null => {
    const presented = transport.read(ctx);
    if (presented?.carrier === 'cookie' && !transport.isTrusted(ctx))
      throw refusal('untrusted-origin');
    return presented;
  };

  /** The genuine tokens among these, newest first. */
  const genuineAmong = ({ tokens }: PresentedTokens): RefreshClaims[] => {
    const genuine = tokens.flatMap(
      (token) => unlessRefused(() => sessions.readRefreshToken(token)) ?? [],
    );
    const distinct = uniqBy(genuine, ({ sessionId, generation }) => `${sessionId} ${generation}`);
    return orderBy(distinct, 'iat', 'desc').slice(0, MAXIMUM_TOKENS);
  };

  const readRefresh = (ctx: StrapiKoaContext) => {
    const presented = present(ctx);
    if (!presented) throw refusal('missing-refresh-token');
    const retryKeyHash = retryKeyHashOf(ctx);
    const claims = genuineAmong(presented);
    // None is genuine: the first one says why.
    if (claims.length === 0) claims.push(sessions.readRefreshToken(presented.tokens[0]));
    return { presented, claims, retryKeyHash };
  };

  const readLogout = (ctx: StrapiKoaContext) => {
    const scope = readScope(ctx);
    const presented = present(ctx);
    const claims: (RefreshClaims | AccessClaims)[] = presented ? genuineAmong(presented) : [];
    if (claims.length === 0) {
      const access = unlessRefused(() => sessions.readAccessToken(bearerTokenOf(ctx)));
      if (access) claims.push(access);
    }
    if (!presented && claims.length === 0) throw refusal('missing-authentication');
    return { scope, claims };
  };

  /** Counts a request against the session of its newest genuine token, or else against its address. */
  const counted = async <Input extends { claims: readonly { sessionId?: string }[] }>(
    ctx: StrapiKoaContext,
    read: (ctx: StrapiKoaContext) => Input,
  ): Promise<Input> => {
    let input: Input;
    try {
      input = read(ctx);
    } catch (error) {
      await rateLimits.countAddress(ctx);
      throw error;
    }
    const sessionId = input.claims[0]?.sessionId;
    await (sessionId === undefined
      ? rateLimits.countAddress(ctx)
      : rateLimits.countSession(ctx, sessionId));
    return input;
  };

  const noteBadToken = ({ reason, sessionId }: TokenRefused, ctx: StrapiKoaContext): void => {
    log(
      `Refresh token refused: ${reason}${sessionId === undefined ? '' : ` (session ${sessionId})`}`,
    );
    if (transport.read(ctx)?.carrier === 'cookie') transport.clear(ctx);
  };

  const answering =
    (action: (ctx: StrapiKoaContext) => Promise<void>): Action =>
    async (ctx) => {
      try {
        await action(ctx);
      } catch (error) {
        if (error instanceof TokenRefused) noteBadToken(error, ctx);
        answerRefusal(error, ctx);
      }
    };

  return {
    refresh: answering(async (ctx) => {
      const { presented, claims, retryKeyHash } = await counted(ctx, readRefresh);
      const pair = await sessions.rotate(claims, { ...callerOf(ctx), retryKeyHash });
      const carrier = transport.carrierOfRefresh(ctx, presented);
      transport.send(ctx, { jwt: pair.accessToken }, pair, carrier);
    }),

    logout: answering(async (ctx) => {
      const { scope, claims } = await counted(ctx, readLogout);
      await sessions.logout(claims, scope, ipAddressOf(ctx));
      // A foreign page may send a form with any token in it, and must not log its visitors out.
      if (transport.isTrusted(ctx)) transport.clear(ctx);
      ctx.set('Cache-Control', 'no-store');
      ctx.send({ ok: true });
    }),
  };
};
