import noop from 'lodash/noop';
import { Stores } from 'koa2-ratelimit';
import { createClient } from 'redis';

/** What koa2-ratelimit hands to a store; the interval is in milliseconds. */
interface Window {
  readonly interval: number;
}

/** A store that every rate limit of a server shares. */
export abstract class RateLimitStore extends Stores.Store {
  /**
   * Begins to connect, where there is something to connect to. Does not wait.
   *
   * @param warn hears when the store goes away and when it is back
   */
  abstract connect(warn: (message: string) => void): void;
  abstract disconnect(): void;

  override saveAbuse(): void {
    // Nothing is kept of who was refused.
  }
}

/**
 * Counts in memory, each window from its first request.
 *
 * Not the library's own: that one walks through every key on every request.
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
    // Memory is there.
  }

  override disconnect(): void {
    this.counts.clear();
  }

  /** Once a window, so that memory stays bounded and a request costs the same however many there are. */
  private sweep(now: number, interval: number): void {
    if (now < this.nextSweep) return;
    this.nextSweep = now + interval;
    for (const [key, { dateEnd }] of this.counts) {
      if (dateEnd <= now) this.counts.delete(key);
    }
  }
}

const KEY_PREFIX = 'strapi:rate-limit:';

/** No caller waits longer than this for Redis. In milliseconds. */
const PATIENCE = 1000;

/** @throws when the answer takes too long: a network that is gone does not say so */
const soon = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Counts in Redis, shared by every instance. The window is opened, counted and read in one
 * transaction: the library's own store reads before it writes, so that two instances each admit the
 * full number. While Redis is away each instance counts in memory, and says so once.
 */
export class RedisRateLimitStore extends RateLimitStore {
  private readonly client;
  private readonly fallback = new MemoryRateLimitStore();
  private isAway = false;
  private warn: (message: string) => void = noop;

  /** @param url of the Redis server; may hold a password, so it is never logged */
  constructor(url: string) {
    super();
    this.client = createClient({ url, disableOfflineQueue: true });
    this.client.on('error', (error: Error) => this.noteAway(error));
  }

  /** Connects in the background; until it has, and whenever it is lost, memory counts. */
  override connect(warn: (message: string) => void): void {
    this.warn = warn;
    this.client.connect().catch((error: Error) => this.noteAway(error));
  }

  override disconnect(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  override async incr(key: string, window: Window, weight: number): Promise<Stores.Count> {
    try {
      const count = await soon(this.count(`${KEY_PREFIX}${key}`, window, weight));
      if (this.isAway)
        this.warn('Rate limits: Redis is back, and counts for every instance again.');
      this.isAway = false;
      return count;
    } catch (error) {
      this.noteAway(error as Error);
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

  private noteAway(error: Error): void {
    if (this.isAway) return;
    this.isAway = true;
    this.warn(
      `Rate limits: Redis cannot be reached (${error.message}); each instance counts alone.`,
    );
  }
}

/**
 * Makes the store of these settings.
 *
 * @param redisUrl where to count for every instance; in memory when absent
 */
export const createRateLimitStore = (redisUrl: string | undefined): RateLimitStore =>
  redisUrl === undefined ? new MemoryRateLimitStore() : new RedisRateLimitStore(redisUrl);
