import { TokenRefused } from '../core/errors';
import type { AccessClaims, RefreshClaims } from '../core/tokens';
import type { RateLimits } from '../http/rate-limits';
import { answerRefusal, refusal } from '../http/refusals';
import { bearerTokenOf, bodyField, ipAddressOf } from '../http/request';
import { logoutBody } from '../http/schemas';
import type { PresentedToken, Transport } from '../http/transport';
import type { LogoutScope } from '../services/revoke';
import type { SessionService } from '../services/sessions';
import type { Action, StrapiKoaContext } from '../shapes';

interface TokenDependencies {
  readonly sessions: SessionService;
  readonly transport: Transport;
  readonly rateLimits: RateLimits;
  readonly log: (message: string) => void;
}

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
  const present = (ctx: StrapiKoaContext): PresentedToken | null => {
    const presented = transport.read(ctx);
    if (presented?.carrier === 'cookie' && !transport.isTrusted(ctx))
      throw refusal('untrusted-origin');
    return presented;
  };

  const readRefresh = (ctx: StrapiKoaContext) => {
    const presented = present(ctx);
    if (!presented) throw refusal('missing-refresh-token');
    return { presented, claims: sessions.readRefreshToken(presented.token) };
  };

  const readLogout = (ctx: StrapiKoaContext) => {
    const scope = readScope(ctx);
    const presented = present(ctx);
    const claims: RefreshClaims | AccessClaims | null =
      (presented && unlessRefused(() => sessions.readRefreshToken(presented.token))) ??
      unlessRefused(() => sessions.readAccessToken(bearerTokenOf(ctx)));
    if (!presented && !claims) throw refusal('missing-authentication');
    return { scope, claims };
  };

  /** Counts a request against the session of its genuine token, or else against its address. */
  const counted = async <Input extends { claims: { sessionId?: string } | null }>(
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
    const sessionId = input.claims?.sessionId;
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
      const { presented, claims } = await counted(ctx, readRefresh);
      const pair = await sessions.rotate(claims, ipAddressOf(ctx));
      const carrier = transport.carrierOfRefresh(ctx, presented);
      transport.send(ctx, { jwt: pair.accessToken }, pair, carrier);
    }),

    logout: answering(async (ctx) => {
      const { scope, claims } = await counted(ctx, readLogout);
      if (claims) await sessions.logout(claims, scope, ipAddressOf(ctx));
      // A foreign page may send a form with any token in it, and must not log its visitors out.
      if (transport.isTrusted(ctx)) transport.clear(ctx);
      ctx.set('Cache-Control', 'no-store');
      ctx.send({ ok: true });
    }),
  };
};
