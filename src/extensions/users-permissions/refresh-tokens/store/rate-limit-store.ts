import noop from 'lodash/noop';

/** The window of one key, after a request was counted in it. */
interface CountedWindow {
  readonly counter: number;
  /** Milliseconds until the window ends. */
  readonly timeLeft: number;
}

/** The store that all rate limits of a server share. */
interface RateLimitStore {
  /**
   * Counts one request. A window begins with its first request.
   *
   * @param interval the length of the window, in milliseconds: the same in every call
   */
  count(key: string, interval: number): Promise<CountedWindow>;
  /**
   * Connects in the background, where a server is needed.
   *
   * @param warn is called when the connection is lost and when it is back
   */
  connect(warn: (message: string) => void): void;
  disconnect(): void;
}

/** Milliseconds of a clock that is never set. */
type MonotonicClock = () => number;

const monotonicNow: MonotonicClock = () => performance.now();

/** Counts in memory, by a monotonic clock. A count is deleted after the end of its window. */
export class MemoryRateLimitStore implements RateLimitStore {
  /** In the order in which the windows end: all have the same length. */
  private readonly windows = new Map<string, { counter: number; readonly end: number }>();
  readonly connect = noop;
  readonly disconnect = noop;

  constructor(private readonly now = monotonicNow) {}

  /** The number of counts in memory. */
  get size(): number {
    return this.windows.size;
  }

  async count(key: string, interval: number): Promise<CountedWindow> {
    const now = this.now();
    for (const [other, { end }] of this.windows) {
      if (end > now) break;
      this.windows.delete(other);
    }

    const window = this.windows.get(key) ?? { counter: 0, end: now + interval };
    window.counter += 1;
    this.windows.set(key, window);
    return { counter: window.counter, timeLeft: window.end - now };
  }
}

const KEY_PREFIX = 'strapi:rate-limit:';

/** How long a request waits for Redis, in milliseconds. */
const TIMEOUT = 1000;

/**
 * Redis carries out a count within this time after it was sent, in milliseconds, or not at all. It is half
 * of the timeout, since Redis' clock is known as exactly as half of the timeout.
 */
const DEADLINE = TIMEOUT / 2;

/** How often a connection is checked, or a lost one is opened again, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** How long Redis may take to open a connection, in milliseconds. No request waits for that. */
const CONNECT_TIMEOUT = 5000;

/** The commands that wait for Redis at most: what a server can send within the timeout. */
const MAXIMUM_QUEUE = 1000;

/**
 * Counts in one step. Arguments: the length of the window, and the time on Redis' clock until which the count
 * is wanted. A Redis that was stopped first reads what was sent to it before, also from closed connections.
 *
 * A time to live above the length of the window comes from a clock that was set back.
 */
const COUNT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[2]) then return redis.error_reply('TIMEOUT the count came too late') end
local counter = redis.call('INCR', KEYS[1])
local timeLeft = redis.call('PTTL', KEYS[1])
if timeLeft < 0 or timeLeft > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  timeLeft = tonumber(ARGV[1])
end
return {counter, timeLeft, now}`;

/** Loads the package of the client, which takes a tenth of a boot, and creates a client that is not yet connected. */
const createRedisClient = async (url: string) => {
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAXIMUM_QUEUE,
    socket: {
      connectTimeout: CONNECT_TIMEOUT,
      // Also ends a connection whose handshake gets no answer.
      socketTimeout: CONNECT_TIMEOUT,
      reconnectStrategy: false,
    },
  });
};

type RedisClient = Awaited<ReturnType<typeof createRedisClient>>;

/**
 * Counts in Redis, for all instances together. After the first failure each instance counts in memory, and
 * sends nothing more, until a check in the background has counted on a new connection.
 */
export class RedisRateLimitStore implements RateLimitStore {
  /** Undefined until the first check. */
  private client: RedisClient | undefined;
  private readonly memory: MemoryRateLimitStore;
  private warn: (message: string) => void = noop;
  private checks: NodeJS.Timeout | undefined;
  private isChecking = false;
  private isLost = false;
  /** Redis' clock minus ours, in milliseconds. Undefined while Redis does not count. */
  private clockOffset: number | undefined;

  /** @param url may contain a password, so it is never logged */
  constructor(
    private readonly url: string,
    private readonly now = monotonicNow,
  ) {
    this.memory = new MemoryRateLimitStore(now);
  }

  connect(warn: (message: string) => void): void {
    this.warn = warn;
    this.checks = setInterval(() => void this.check(), CHECK_INTERVAL);
    void this.check();
  }

  disconnect(): void {
    this.warn = noop;
    clearInterval(this.checks);
    this.checks = undefined;
    if (this.client?.isReady) this.client.destroy();
  }

  async count(key: string, interval: number): Promise<CountedWindow> {
    if (this.client !== undefined && this.clockOffset !== undefined) {
      const deadline = this.now() + this.clockOffset + DEADLINE;
      try {
        return await this.countInRedis(this.client, key, interval, deadline);
      } catch (error) {
        this.giveUp(error as Error);
      }
    }
    return this.memory.count(key, interval);
  }

  private async countInRedis(
    client: RedisClient,
    key: string,
    interval: number,
    deadline: number,
  ): Promise<CountedWindow> {
    const start = this.now();
    let isSettled = false;
    const onTimeout = () => {
      if (!isSettled) this.giveUp(new Error('no response'));
    };
    // Node runs timers before it reads from sockets. The answer may have come while the process was busy.
    const timer = setTimeout(() => setImmediate(onTimeout), TIMEOUT);
    try {
      const reply = await client.eval(COUNT_SCRIPT, {
        keys: [KEY_PREFIX + key],
        arguments: [String(interval), String(Math.floor(deadline))],
      });
      const [counter, timeLeft, redisNow] = reply as [number, number, number];
      if (this.now() - start <= DEADLINE) this.clockOffset = redisNow - start;
      return { counter, timeLeft };
    } finally {
      isSettled = true;
      clearTimeout(timer);
    }
  }

  /** Counts once to see that Redis does it: also with a missing password or in a replica it responds. */
  private async check(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    try {
      if (this.client === undefined) {
        this.client = await createRedisClient(this.url);
        this.client.on('error', (error: Error) => this.giveUp(error));
      }
      if (!this.client.isOpen) await this.client.connect();
      if (this.checks === undefined) {
        this.client.destroy();
        return;
      }
      await this.countInRedis(this.client, 'check', CHECK_INTERVAL, Number.MAX_SAFE_INTEGER);
      if (this.clockOffset === undefined) throw new Error('slow response');
      if (this.isLost) {
        this.warn('Rate limits: Redis is back, and counts for every instance again.');
      }
      this.isLost = false;
    } catch (error) {
      this.giveUp(error as Error);
    } finally {
      this.isChecking = false;
    }
  }

  /** Ends the connection. All requests that wait for it are then counted in memory. */
  private giveUp(error: NodeJS.ErrnoException): void {
    this.clockOffset = undefined;
    if (this.client?.isReady) this.client.destroy();
    if (this.isLost) return;
    this.isLost = true;
    // The error of a name with several addresses has no message.
    const reason = error.message || error.code;
    this.warn(`Rate limits: Redis cannot be reached (${reason}); each instance counts alone.`);
  }
}

/** Creates a Redis store, or a store in memory when no URL is given. */
export const createRateLimitStore = (redisUrl: string | undefined): RateLimitStore =>
  redisUrl === undefined ? new MemoryRateLimitStore() : new RedisRateLimitStore(redisUrl);
