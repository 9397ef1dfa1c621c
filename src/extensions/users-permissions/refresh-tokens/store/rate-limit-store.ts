import noop from 'lodash/noop';
import { Stores } from 'koa2-ratelimit';
import { createClient } from 'redis';

/** The options that koa2-ratelimit passes to a store. */
interface Window {
  /** Milliseconds. */
  readonly interval: number;
}

/** The store that all rate limits of a server share. */
abstract class RateLimitStore extends Stores.Store {
  /**
   * Connects in the background, where a server is needed.
   *
   * @param warn is called when the connection is lost and when it is back
   */
  abstract connect(warn: (message: string) => void): void;
  abstract disconnect(): void;

  override saveAbuse(): void {
    // koa2-ratelimit requires this method. Refused requests are not recorded.
  }
}

/**
 * Counts in memory. A window begins with its first request.
 *
 * The library's own store visits every key on every request (`koa2-ratelimit/src/MemoryStore.js`).
 */
export class MemoryRateLimitStore extends RateLimitStore {
  private readonly counts = new Map<string, Stores.Count>();
  private nextSweep = 0;

  override async incr(key: string, { interval }: Window, weight: number): Promise<Stores.Count> {
    const now = Date.now();
    this.sweep(now, interval);

    const running = this.counts.get(key);
    const count =
      running && running.dateEnd > now ? running : { counter: 0, dateEnd: now + interval };
    count.counter += weight;
    this.counts.set(key, count);
    return { ...count };
  }

  override async decrement(key: string, _window: Window, weight: number): Promise<void> {
    const count = this.counts.get(key);
    if (count) count.counter -= weight;
  }

  override connect(): void {
    // No connection is needed.
  }

  override disconnect(): void {
    this.counts.clear();
  }

  /** Deletes expired counts once per window: memory stays bounded, and most requests visit no other key. */
  private sweep(now: number, interval: number): void {
    if (now < this.nextSweep) return;
    this.nextSweep = now + interval;
    for (const [key, { dateEnd }] of this.counts) {
      if (dateEnd <= now) this.counts.delete(key);
    }
  }
}

const KEY_PREFIX = 'strapi:rate-limit:';

/** How long a request waits for Redis, in milliseconds. */
const TIMEOUT = 1000;

/** @throws after {@link TIMEOUT}: a client notices a broken network only much later */
const withTimeout = async <Result>(result: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no response')), TIMEOUT);
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Counts in Redis, for all instances together. One transaction opens the window, counts and reads. The
 * library's own store reads before it writes (`koa2-ratelimit/src/RedisStore.js`), so two instances
 * could each admit the full number. While Redis cannot be reached, each instance counts in memory.
 */
export class RedisRateLimitStore extends RateLimitStore {
  private readonly client;
  private readonly fallback = new MemoryRateLimitStore();
  private isUnreachable = false;
  private warn: (message: string) => void = noop;

  /** @param url may contain a password, so it is never logged */
  constructor(url: string) {
    super();
    this.client = createClient({ url, disableOfflineQueue: true });
    this.client.on('error', (error: Error) => this.noteFailure(error));
  }

  override connect(warn: (message: string) => void): void {
    this.warn = warn;
    this.client.connect().catch((error: Error) => this.noteFailure(error));
  }

  override disconnect(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  override async incr(key: string, window: Window, weight: number): Promise<Stores.Count> {
    try {
      const count = await withTimeout(this.count(`${KEY_PREFIX}${key}`, window, weight));
      if (this.isUnreachable) {
        this.warn('Rate limits: Redis is back, and counts for every instance again.');
      }
      this.isUnreachable = false;
      return count;
    } catch (error) {
      this.noteFailure(error as Error);
      return this.fallback.incr(key, window, weight);
    }
  }

  override async decrement(key: string, _window: Window, weight: number): Promise<void> {
    await this.client.decrBy(`${KEY_PREFIX}${key}`, weight);
  }

  private async count(key: string, { interval }: Window, weight: number): Promise<Stores.Count> {
    const [, counter, timeLeft] = await this.client
      .multi()
      .set(key, 0, { condition: 'NX', expiration: { type: 'PX', value: interval } })
      .incrBy(key, weight)
      .pTTL(key)
      .exec();
    return { counter: Number(counter), dateEnd: Date.now() + Number(timeLeft) };
  }

  private noteFailure(error: Error): void {
    if (this.isUnreachable) return;
    this.isUnreachable = true;
    this.warn(
      `Rate limits: Redis cannot be reached (${error.message}); each instance counts alone.`,
    );
  }
}

/** Creates a Redis store, or a store in memory when no URL is given. */
export const createRateLimitStore = (redisUrl: string | undefined): RateLimitStore =>
  redisUrl === undefined ? new MemoryRateLimitStore() : new RedisRateLimitStore(redisUrl);
