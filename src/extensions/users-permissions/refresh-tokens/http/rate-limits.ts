import type { Next } from 'koa';
import { RateLimit, type Stores } from 'koa2-ratelimit';
import clamp from 'lodash/clamp';
import type { Settings } from '../settings/settings';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';
import { ipAddressOf } from './request';

/** Every limit counts requests a minute. In milliseconds. */
const INTERVAL = 60_000;

/** The limits of design section 6. A request too many is answered with 429 and `Retry-After`. */
export interface RateLimits {
  /** Middleware for the login, register and password routes: one address and route. */
  auth(ctx: StrapiKoaContext, next: Next): Promise<void>;
  /** Counts a refresh or logout with a genuine token: its session, whatever address it comes from. */
  countSession(ctx: StrapiKoaContext, sessionId: string): Promise<void>;
  /** Counts a refresh or logout without a genuine token: its address. */
  countAddress(ctx: StrapiKoaContext): Promise<void>;
}

const refuse = (ctx: StrapiKoaContext): never => {
  const { reset } = ctx.state.rateLimit as { reset: number };
  // Both ends are rounded to whole seconds; a window is never longer than itself.
  const secondsLeft = clamp(reset - Math.floor(Date.now() / 1000), 1, INTERVAL / 1000);
  ctx.set('Retry-After', String(secondsLeft));
  throw refusal('rate-limited');
};

const addressOf = (ctx: StrapiKoaContext): string => `address|${ipAddressOf(ctx) ?? 'unknown'}`;

/** Makes the rate limits on a store that all of them share. */
export const createRateLimits = (
  { refreshRateLimit, authRateLimit }: Pick<Settings, 'refreshRateLimit' | 'authRateLimit'>,
  store: Stores.Store,
): RateLimits => {
  const count = async (
    ctx: StrapiKoaContext,
    { key, max }: { key: string; max: number },
    next: () => Promise<unknown>,
  ): Promise<void> => {
    if (max === 0) {
      await next();
      return;
    }
    const limit = RateLimit.middleware({
      interval: INTERVAL,
      max,
      store,
      keyGenerator: async () => key,
      handler: (context) => refuse(context as StrapiKoaContext),
    });
    await limit(ctx, next);
  };

  const countRefresh = (ctx: StrapiKoaContext, subject: string): Promise<void> =>
    count(ctx, { key: `refresh|${subject}`, max: refreshRateLimit }, () => Promise.resolve());

  return {
    // The route as it is declared, not the path as it was typed: nothing a caller varies is in it.
    auth(ctx, next) {
      const { method, path } = ctx.state.route as { method: string; path: string };
      return count(
        ctx,
        { key: `auth|${method} ${path}|${addressOf(ctx)}`, max: authRateLimit },
        next,
      );
    },
    countSession: (ctx, sessionId) => countRefresh(ctx, `session|${sessionId}`),
    countAddress: (ctx) => countRefresh(ctx, addressOf(ctx)),
  };
};
