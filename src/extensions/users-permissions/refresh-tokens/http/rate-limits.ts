import type { Next } from 'koa';
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

/** Counts one request of a key, in a window of `interval` milliseconds. */
interface RateLimitStore {
  /** Resolves to the count of the window, and to the milliseconds until the window ends. */
  count(key: string, interval: number): Promise<{ counter: number; timeLeft: number }>;
}

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
  store: RateLimitStore,
): RateLimits => {
  /** @throws the refusal of a request above the limit */
  const count = async (ctx: StrapiKoaContext, key: string, max: number): Promise<void> => {
    if (max === 0) return;
    const { counter, timeLeft } = await store.count(key, INTERVAL);
    ctx.set({
      'X-RateLimit-Limit': String(max),
      'X-RateLimit-Remaining': String(Math.max(max - counter, 0)),
      'X-RateLimit-Reset': String(Math.ceil((Date.now() + timeLeft) / 1000)),
    });
    if (counter <= max) return;
    ctx.set('Retry-After', String(Math.max(Math.ceil(timeLeft / 1000), 1)));
    throw refusal('rate-limited');
  };

  const countRefresh = (ctx: StrapiKoaContext, subject: string): Promise<void> =>
    count(ctx, `refresh|${subject}`, refreshRateLimit);

  // Strapi calls the limit of a GraphQL mutation with the path of its REST route, and with the arguments as
  // the body (`server/src/graphql/mutations/auth/rate-limit.js` of users-permissions).
  const restPathOf = ({ request }: StrapiKoaContext): string =>
    request.path.slice(apiPrefix.length);

  return {
    // Keyed by the declared route, not by the requested path, which a caller can vary.
    async authMiddleware(ctx, next) {
      const { method, path } = ctx.state.route as Partial<Pick<Route, 'method' | 'path'>>;
      const isRest = path !== undefined;
      const route = isRest ? `${method} ${path}` : `POST ${restPathOf(ctx)}`;
      await count(ctx, `auth|${route}|${addressOf(ctx)}`, authRateLimit);
      await (isRest ? next() : requirePlainBody(ctx, next));
    },
    countSession: (ctx, sessionId) => countRefresh(ctx, `session|${sessionId}`),
    countAddress: (ctx) => countRefresh(ctx, addressOf(ctx)),
  };
};
