import type { Next } from 'koa';
import { RateLimit, type Stores } from 'koa2-ratelimit';
import clamp from 'lodash/clamp';
import type { Settings } from '../settings/settings';
import type { Route, StrapiKoaContext } from '../shapes';
import { networkOf } from './address';
import { requirePlainBody } from './plain-input';
import { refusal } from './refusals';
import { ipAddressOf } from './request';

/** The window of every limit, in milliseconds. */
const INTERVAL = 60_000;

/** The rate limits (design section 6). Above a limit the response is 429 with `Retry-After`. */
export interface RateLimits {
  /** Middleware of the login, register and password routes. Counts by address and route. */
  authMiddleware(ctx: StrapiKoaContext, next: Next): Promise<void>;
  /** Counts a refresh or logout with a genuine token by its session, whatever the address. */
  countSession(ctx: StrapiKoaContext, sessionId: string): Promise<void>;
  /** Counts a refresh or logout without a genuine token by its address. */
  countAddress(ctx: StrapiKoaContext): Promise<void>;
}

const refuse = (ctx: StrapiKoaContext): never => {
  const { reset } = ctx.state.rateLimit as { reset: number };
  // Both times are in whole seconds, one rounded up and one down: the difference can be a second
  // longer than the window.
  const secondsLeft = clamp(reset - Math.floor(Date.now() / 1000), 1, INTERVAL / 1000);
  ctx.set('Retry-After', String(secondsLeft));
  throw refusal('rate-limited');
};

const addressOf = (ctx: StrapiKoaContext): string => {
  const address = ipAddressOf(ctx);
  return `address|${address === null ? 'unknown' : networkOf(address)}`;
};

/** Creates the rate limits on one shared store. A limit of 0 is off. */
export const createRateLimits = (
  {
    refreshRateLimit,
    authRateLimit,
    apiPrefix,
  }: Pick<Settings, 'refreshRateLimit' | 'authRateLimit' | 'apiPrefix'>,
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

  // Strapi calls the limit of a GraphQL mutation with the path of its REST route, and with the arguments as
  // the body (`server/src/graphql/mutations/auth/rate-limit.js` of users-permissions).
  const restPathOf = ({ request }: StrapiKoaContext): string =>
    request.path.slice(apiPrefix.length);

  return {
    // Keyed by the declared route, not by the requested path, which a caller can vary.
    authMiddleware(ctx, next) {
      const { method, path } = ctx.state.route as Partial<Pick<Route, 'method' | 'path'>>;
      const isRest = path !== undefined;
      const route = isRest ? `${method} ${path}` : `POST ${restPathOf(ctx)}`;
      return count(
        ctx,
        { key: `auth|${route}|${addressOf(ctx)}`, max: authRateLimit },
        isRest ? next : () => requirePlainBody(ctx, next),
      );
    },
    countSession: (ctx, sessionId) => countRefresh(ctx, `session|${sessionId}`),
    countAddress: (ctx) => countRefresh(ctx, addressOf(ctx)),
  };
};
