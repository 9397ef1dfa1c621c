/** The part of koa2-ratelimit that is used here; it ships no types. */
declare module 'koa2-ratelimit' {
  import type { Context, Middleware } from 'koa';

  interface RateLimitOptions {
    /** Milliseconds. */
    interval: number;
    max: number;
    store: Stores.Store;
    keyGenerator(ctx: Context): Promise<string>;
    handler(ctx: Context): void;
  }

  const RateLimit: {
    middleware(options: Partial<RateLimitOptions>): Middleware;
    /** Sets the defaults of every limiter of the process, also of those in other code. */
    defaultOptions(options: Partial<RateLimitOptions>): void;
  };

  namespace Stores {
    interface Count {
      counter: number;
      /** Milliseconds since the epoch. */
      dateEnd: number;
    }

    abstract class Store {
      abstract incr(
        key: string,
        options: Pick<RateLimitOptions, 'interval'>,
        weight: number,
      ): Promise<Count>;
      abstract decrement(
        key: string,
        options: Pick<RateLimitOptions, 'interval'>,
        weight: number,
      ): Promise<void>;
      abstract saveAbuse(): void;
    }
  }
}
