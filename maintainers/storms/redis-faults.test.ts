import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RedisRateLimitStore } from '../../src/extensions/users-permissions/refresh-tokens/store/rate-limit-store';
import { freePort } from '../../tests/helpers/process';
import { createCertificate } from '../helpers/nginx';
import { startRedisServer, type RedisServer } from '../helpers/redis-server';
import { hasProgram, isRunnable } from '../helpers/requirements';

const WINDOW = 60_000;
const IS_AWAY = /Redis cannot be reached/;
const IS_BACK = /Redis is back/;

const runnable = isRunnable('Faults of Redis', {
  'redis-server': hasProgram('redis-server', '--version'),
  openssl: hasProgram('openssl', 'version'),
});

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const startRedis = async (url: string, settings?: readonly string[]): Promise<RedisServer> => {
  const redis = await startRedisServer(url, settings);
  undo.push(redis.stop);
  return redis;
};

/** The rate limits of one instance. */
const startInstance = (url: string) => {
  const log: string[] = [];
  const store = new RedisRateLimitStore(url);
  store.connect((line) => log.push(line));
  undo.push(() => store.disconnect());
  return {
    log,
    /** Counts one request. Resolves to its count, and how long that took in milliseconds. */
    count: async (key: string) => {
      const start = performance.now();
      const { counter, timeLeft } = await store.count(key, WINDOW);
      return { counter, timeLeft, duration: performance.now() - start };
    },
  };
};
type Instance = ReturnType<typeof startInstance>;

const stored = async (redis: RedisServer, key: string): Promise<number> =>
  Number(await redis.send('GET', `strapi:rate-limit:${key}`));

/** Waits until an instance counts in Redis. */
const waitUntilShared = async (instance: Instance, redis: RedisServer): Promise<void> => {
  await vi.waitUntil(
    async () => {
      await instance.count('ready');
      return (await stored(redis, 'ready')) > 0;
    },
    { timeout: 10_000, interval: 50 },
  );
};

/** Returns how many scripts Redis has received, also those that it refused. */
const receivedCounts = async (redis: RedisServer): Promise<number> => {
  const statistics = String(await redis.send('INFO', 'commandstats'));
  return Number(/cmdstat_eval:calls=(\d+)/.exec(statistics)?.[1] ?? 0);
};

const localUrl = async (credentials = '', scheme = 'redis'): Promise<string> =>
  `${scheme}://${credentials}127.0.0.1:${await freePort()}`;

describe.skipIf(!runnable)('A Redis that hangs', () => {
  it('delays the requests of its first second only, and gets no more commands', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const instance = startInstance(url);
    await waitUntilShared(instance, redis);
    const receivedBefore = await receivedCounts(redis);
    redis.suspend();

    const start = performance.now();
    const requests: Promise<{ sentAt: number; duration: number }>[] = [];
    while (performance.now() - start < 8000) {
      const sentAt = performance.now() - start;
      requests.push(
        instance.count(`key-${requests.length}`).then(({ duration }) => ({ sentAt, duration })),
      );
      await pause(5);
    }
    const results = await Promise.all(requests);
    redis.resume();

    // The timeout is a second. The rest is for a busy machine.
    expect(Math.max(...results.map(({ duration }) => duration))).toBeLessThan(2000);
    const later = results.filter(({ sentAt }) => sentAt > 2000);
    expect(later.length).toBeGreaterThan(300);
    expect(Math.max(...later.map(({ duration }) => duration))).toBeLessThan(500);
    await vi.waitUntil(() => instance.log.some((line) => IS_BACK.test(line)), { timeout: 15_000 });
    expect(instance.log).toEqual([expect.stringMatching(IS_AWAY), expect.stringMatching(IS_BACK)]);
    const sentInTime = results.filter(({ sentAt }) => sentAt < 2000).length;
    // A few more are checks: one a second after Redis has resumed.
    expect((await receivedCounts(redis)) - receivedBefore).toBeLessThan(sentInTime + 20);
  });

  it('keeps at most 1,000 commands waiting: the next ones are counted in memory at once', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const instance = startInstance(url);
    await waitUntilShared(instance, redis);
    redis.suspend();

    const counts = await Promise.all(Array.from({ length: 5000 }, () => instance.count('someone')));

    expect(Math.max(...counts.map(({ duration }) => duration))).toBeLessThan(900);
    expect(Math.max(...counts.map(({ counter }) => counter))).toBe(5000);
    redis.resume();
  });

  it('does not count later what was counted in memory', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const [one, other] = [startInstance(url), startInstance(url)];
    await waitUntilShared(one, redis);
    await waitUntilShared(other, redis);
    await one.count('someone');
    await other.count('someone');
    redis.suspend();

    const counts = await Promise.all(Array.from({ length: 10 }, () => one.count('someone')));
    redis.resume();

    expect(counts.map(({ counter }) => counter)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await waitUntilShared(one, redis);
    expect(await stored(redis, 'someone')).toBe(2);
    await vi.waitUntil(() => one.log.some((line) => IS_BACK.test(line)), { timeout: 10_000 });
    expect(await one.count('someone')).toMatchObject({ counter: 3 });
    expect(await other.count('someone')).toMatchObject({ counter: 4 });
  });
});

/** Resolves to the URL of a server of this test. */
const listenOn = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

interface Fault {
  /** The URL that the instance has. */
  readonly url: string;
  readonly repair?: () => Promise<unknown>;
}

const faults: Record<string, () => Promise<Fault>> = {
  'does not run': async () => {
    const url = await localUrl();
    return { url, repair: () => startRedis(url) };
  },
  'accepts connections and says nothing': async () => {
    const server = createServer((socket) => undo.push(() => socket.destroy()));
    return { url: await listenOn(server) };
  },
  'responds after 700 ms': async () => {
    const url = await localUrl();
    await startRedis(url);
    const server = createServer((socket) => {
      const redis = connect(Number(new URL(url).port), '127.0.0.1');
      redis.on('data', (text) => setTimeout(() => socket.write(text), 700));
      for (const [from, to] of [
        [socket, redis],
        [redis, socket],
      ] as const) {
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
      }
      socket.on('data', (text) => redis.write(text));
    });
    return { url: await listenOn(server) };
  },
  'has another password': async () => {
    const url = await localUrl(':right@');
    const redis = await startRedis(url);
    return {
      url: url.replace('right', 'wrong'),
      repair: () => redis.send('CONFIG', 'SET', 'requirepass', 'wrong'),
    };
  },
  'requires a password that is not in the URL': async () => {
    const url = await localUrl(':right@');
    const redis = await startRedis(url);
    return {
      url: url.replace(':right@', ''),
      repair: () => redis.send('CONFIG', 'SET', 'requirepass', ''),
    };
  },
  'has a certificate of an unknown authority': async () => {
    const url = await localUrl();
    const { keyFile, certificateFile } = createCertificate(
      mkdtempSync(path.join(tmpdir(), 'tls-')),
    );
    const tlsUrl = await localUrl('', 'rediss');
    await startRedis(url, [
      ...['--tls-port', new URL(tlsUrl).port, '--tls-auth-clients', 'no'],
      ...['--tls-key-file', keyFile, '--tls-cert-file', certificateFile],
    ]);
    return { url: tlsUrl };
  },
  'lacks the database of the URL': async () => {
    const url = await localUrl();
    await startRedis(url);
    return { url: `${url}/99` };
  },
  'is a replica': async () => {
    const url = await localUrl();
    const redis = await startRedis(url, ['--replicaof', '127.0.0.1', String(await freePort())]);
    return { url, repair: () => redis.send('REPLICAOF', 'NO', 'ONE') };
  },
  'is full': async () => {
    const url = await localUrl();
    const redis = await startRedis(url, ['--maxmemory', '1']);
    return { url, repair: () => redis.send('CONFIG', 'SET', 'maxmemory', '0') };
  },
  'does not let its user run scripts': async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    await redis.send('ACL', 'SETUSER', 'strapi', 'on', '>open-sesame', '~*', '+@all', '-eval');
    return {
      url: url.replace('//', '//strapi:open-sesame@'),
      repair: () => redis.send('ACL', 'SETUSER', 'strapi', '+eval'),
    };
  },
};

describe.skipIf(!runnable)('An instance whose Redis', () => {
  it.each(Object.keys(faults))(
    '%s counts in memory without a delay, and says so once',
    async (name) => {
      const { url, repair } = await (faults[name] as () => Promise<Fault>)();
      const instance = startInstance(url);

      let counted = 0;
      const countForSeconds = async (seconds: number): Promise<void> => {
        for (let tenth = 0; tenth < 10 * seconds; tenth += 1) {
          const { counter, duration } = await instance.count('someone');
          counted += 1;
          expect(counter).toBe(counted);
          expect(duration).toBeLessThan(500);
          await pause(100);
        }
      };
      for (let second = 0; second < 10 && instance.log.length === 0; second += 1) {
        await countForSeconds(1);
      }
      // Some more checks, one a second.
      await countForSeconds(3);

      expect(instance.log).toEqual([expect.stringMatching(IS_AWAY)]);
      expect(instance.log[0]).not.toMatch(/\(\)|undefined|right|wrong|open-sesame/);
      if (!repair) return;
      await repair();
      await vi.waitUntil(() => instance.log.length > 1, { timeout: 15_000 });
      expect(instance.log[1]).toMatch(IS_BACK);
      expect(await instance.count('someone')).toMatchObject({ counter: 1 });
    },
  );
});

describe.skipIf(!runnable)('A process that is busy for longer than the timeout', () => {
  it('finds the response when it reads again, and stays with Redis', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const instance = startInstance(url);
    await waitUntilShared(instance, redis);
    await instance.count('someone');

    // The response must not come before the process is busy.
    await redis.send('CLIENT', 'PAUSE', '200');
    const request = instance.count('someone');
    // The client writes in the next turn of the event loop.
    await nextTurn();
    await nextTurn();
    const start = performance.now();
    while (performance.now() - start < 1500);
    const { counter, duration } = await request;

    expect(duration).toBeGreaterThan(1400);
    expect(counter).toBe(2);
    expect(await instance.count('someone')).toMatchObject({ counter: 3 });
    expect(await stored(redis, 'someone')).toBe(3);
    expect(instance.log).toEqual([]);
  });
});

describe.skipIf(!runnable)('A Redis that has lost', () => {
  it('its connections is used again, with its counts', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const instance = startInstance(url);
    await waitUntilShared(instance, redis);
    await instance.count('someone');

    await redis.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await vi.waitUntil(() => instance.log.length === 2, { timeout: 10_000 });

    expect(await instance.count('someone')).toMatchObject({ counter: 2 });
  });

  it('time, because its clock was set back, locks nobody out for more than a window', async () => {
    const url = await localUrl();
    const redis = await startRedis(url);
    const instance = startInstance(url);
    await waitUntilShared(instance, redis);
    await instance.count('someone');
    // What a clock that was set back by an hour leaves.
    await redis.send('PEXPIRE', 'strapi:rate-limit:someone', String(3_600_000 + WINDOW));

    expect(await instance.count('someone')).toMatchObject({ counter: 2, timeLeft: WINDOW });
  });
});
