import { nullIfRefused, TokenRefused, type RefusalReason } from '../core/errors';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import { forgetProvider } from '../http/provider-session';
import type { RateLimits } from '../http/rate-limits';
import { refusal } from '../http/refusals';
import { bearerTokenOf, bodyField, callerOf, ipAddressOf, retryKeyHashOf } from '../http/request';
import { logoutBody } from '../http/schemas';
import type { PresentedTokens, RefreshTokenTransport } from '../http/transport';
import type { LogoutScope } from '../services/revoke';
import type { SessionService } from '../services/sessions';
import type { Action, StrapiKoaContext } from '../shapes';

interface TokenDependencies {
  readonly sessions: SessionService;
  readonly transport: RefreshTokenTransport;
  readonly rateLimits: RateLimits;
  readonly log: (message: string) => void;
  /** Counts a refused token by its cause. */
  readonly countRefused: (cause: RefusalReason) => void;
}

const readScope = (ctx: StrapiKoaContext): LogoutScope => {
  const scope = logoutBody.shape.scope.safeParse(bodyField(ctx, 'scope'));
  if (!scope.success) throw refusal('unknown-scope');
  return scope.data ?? 'session';
};

/** Creates the two actions that authenticate by refresh token. */
export const createTokenActions = ({
  sessions,
  transport,
  rateLimits,
  log,
  countRefused,
}: TokenDependencies): { refresh: Action; logout: Action } => {
  const readTokens = (ctx: StrapiKoaContext): PresentedTokens | null => {
    const presented = transport.readTokens(ctx);
    if (presented?.transport === 'cookie' && !transport.isFromTrustedOrigin(ctx))
      throw refusal('untrusted-origin');
    return presented;
  };

  const readRefresh = (ctx: StrapiKoaContext) => {
    const presented = readTokens(ctx);
    if (!presented) throw refusal('missing-refresh-token');
    const retryKeyHash = retryKeyHashOf(ctx);
    const claims = sessions.readGenuineRefreshTokens(presented.tokens);
    // No token is genuine: verifying the first one again throws the reason.
    if (claims.length === 0) claims.push(sessions.readRefreshToken(presented.tokens[0]));
    return { presented, claims, retryKeyHash };
  };

  const readLogout = (ctx: StrapiKoaContext) => {
    const scope = readScope(ctx);
    const presented = readTokens(ctx);
    const claims: (RefreshClaims | AccessClaims)[] = sessions.readGenuineRefreshTokens(
      presented?.tokens ?? [],
    );
    const access = nullIfRefused(() => sessions.readAccessToken(bearerTokenOf(ctx)));
    if (access) claims.push(access);
    if (!presented && claims.length === 0) throw refusal('missing-authentication');
    return { scope, claims };
  };

  /**
   * Reads a request and counts it: against the session of its newest genuine token, or against its
   * address when it has no such token or cannot be read.
   */
  const readAndCount = async <Input extends { claims: readonly { sessionId?: string }[] }>(
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

  const handleRefusedToken = ({ reason, sessionId }: TokenRefused, ctx: StrapiKoaContext): void => {
    countRefused(reason);
    log(
      `Refresh token refused: ${reason}${sessionId === undefined ? '' : ` (session ${sessionId})`}`,
    );
    if (transport.readTokens(ctx)?.transport === 'cookie') transport.clearCookie(ctx);
  };

  /** Logs a refused token, and clears its cookie. */
  const watchingRefusals =
    (action: (ctx: StrapiKoaContext) => Promise<void>): Action =>
    async (ctx) => {
      try {
        await action(ctx);
      } catch (error) {
        if (error instanceof TokenRefused) handleRefusedToken(error, ctx);
        throw error;
      }
    };

  return {
    refresh: watchingRefusals(async (ctx) => {
      const { presented, claims, retryKeyHash } = await readAndCount(ctx, readRefresh);
      const pair = await sessions.rotate(claims, {
        ...callerOf(ctx),
        retryKeyHash,
        hasLeft: () => ctx.req.socket.destroyed,
      });
      const outgoing = transport.transportForRefresh(ctx, presented);
      transport.sendTokens(ctx, { jwt: pair.accessToken }, pair, outgoing);
    }),

    logout: watchingRefusals(async (ctx) => {
      const { scope, claims } = await readAndCount(ctx, readLogout);
      await sessions.logout(claims, scope, ipAddressOf(ctx));
      // Another site may post a form with some token in it. That must not clear its visitor's cookie.
      if (transport.isFromTrustedOrigin(ctx)) {
        transport.clearCookie(ctx);
        forgetProvider(ctx);
      }
      ctx.set('Cache-Control', 'no-store');
      ctx.send({ ok: true });
    }),
  };
};
