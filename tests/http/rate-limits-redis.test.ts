import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  canonicalAddress,
  networkOf,
} from '../../src/extensions/users-permissions/refresh-tokens/http/address';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { startStrapi, type RunningStrapi } from '../helpers/process';
import { hasCount, REDIS_URL, isRedisReachable, startRedisProxy } from '../helpers/redis';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

/** Returns an address that no other run on the same Redis uses. */
const newAddress = (): string =>
  `2001:db8:${[...randomBytes(12).toString('hex').matchAll(/.{4}/g)].join(':')}`;

/** Sends garbage to a server in another process. Returns the status. */
const sendGarbageTo = async (url: string, address: string): Promise<number> => {
  const response = await fetch(`${url}/api/token/refresh`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address },
    body: '{"refreshToken":"garbage"}',
  });
  await response.arrayBuffer();
  return response.status;
};

const countStatuses = (statuses: readonly number[]) => ({
  admitted: statuses.filter((status) => status === 401).length,
  refused: statuses.filter((status) => status === 429).length,
  others: statuses.filter((status) => status !== 401 && status !== 429),
});

const times = <Result>(count: number, run: () => Result): Result[] =>
  Array.from({ length: count }, run);

/** Sends garbage to a server in this process. Returns the status. */
const sendGarbage = async ({ request }: Pick<TestServer, 'request'>, address: string) =>
  (
    await request()
      .post('/api/token/refresh')
      .set('X-Forwarded-For', address)
      .send({ refreshToken: 'garbage' })
  ).status;

const saysRedisIsDown = (line: string): boolean => line.includes('Redis cannot be reached');
const saysRedisIsBack = (line: string): boolean => line.includes('Redis is back');

const isRequired = process.env.CI === 'true';
const isReachable = await isRedisReachable();
if (!isReachable && !isRequired) {
  process.stdout.write('No Redis at TEST_REDIS_URL: the tests that need one are skipped.\n');
}

describe.skipIf(!isReachable && !isRequired)('two instances on one Redis', () => {
  let instances: RunningStrapi[] = [];
  beforeAll(async () => {
    expect(isReachable, 'Redis answers').toBe(true);
    instances = await Promise.all(
      times(2, async () =>
        startStrapi({
          ...testEnvironment(await newDatabase()),
          REDIS_URL,
          REFRESH_RATE_LIMIT_MAX: '20',
          IS_PROXIED: 'true',
        }),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(instances.map(({ stop }) => stop()));
  });

  it('admit 20 requests together, not 20 each', async () => {
    const address = newAddress();

    const statuses = await Promise.all(
      instances.flatMap(({ url }) => times(30, () => sendGarbageTo(url, address))),
    );

    expect(countStatuses(statuses)).toEqual({ admitted: 20, refused: 40, others: [] });
  });

  it('refuse at one instance what the other has counted', async () => {
    const address = newAddress();
    const [one, other] = instances as [RunningStrapi, RunningStrapi];
    await Promise.all(times(20, () => sendGarbageTo(one.url, address)));

    expect(await sendGarbageTo(other.url, address)).toBe(429);

    expect(await sendGarbageTo(other.url, newAddress())).toBe(401);
  });
});

describe.skipIf(!isReachable && !isRequired)('an instance that loses its Redis', () => {
  const withRedisProxy = async (
    run: (server: TestServer, proxy: Awaited<ReturnType<typeof startRedisProxy>>) => Promise<void>,
  ): Promise<void> => {
    const proxy = await startRedisProxy();
    const variables = {
      REDIS_URL: proxy.url,
      REFRESH_RATE_LIMIT_MAX: '5',
      IS_PROXIED: 'true',
    };
    try {
      await withServer(variables, (server) => run(server, proxy));
    } finally {
      proxy.stop();
    }
  };

  /** Strapi does not wait for Redis at boot, so the first requests may be counted in memory. */
  const waitForRedis = (server: TestServer) =>
    vi.waitUntil(async () => {
      const address = newAddress();
      await sendGarbage(server, address);
      return hasCount(networkOf(canonicalAddress(address) as string));
    });

  it('counts in memory until Redis is back, and logs each change once', async () => {
    await withRedisProxy(async (server, proxy) => {
      const address = newAddress();
      await waitForRedis(server);
      expect(server.log.filter(saysRedisIsDown)).toEqual([]);
      for (const status of await Promise.all(times(5, () => sendGarbage(server, address)))) {
        expect(status).toBe(401);
      }
      expect(await sendGarbage(server, address)).toBe(429);

      proxy.disconnect();
      await vi.waitUntil(() => server.log.some(saysRedisIsDown));
      const statuses = await Promise.all(times(8, () => sendGarbage(server, address)));
      expect(countStatuses(statuses)).toEqual({ admitted: 5, refused: 3, others: [] });
      expect(server.log.filter(saysRedisIsDown)).toHaveLength(1);

      proxy.restore();
      await vi.waitUntil(() => server.log.some(saysRedisIsBack), {
        timeout: 20_000,
        interval: 100,
      });
      // Redis has kept its counts.
      expect(await sendGarbage(server, address)).toBe(429);
    });
  });

  it('responds when Redis stops responding', async () => {
    await withRedisProxy(async (server, proxy) => {
      await waitForRedis(server);
      proxy.stall();

      const status = await Promise.race([
        sendGarbage(server, newAddress()),
        new Promise((resolve) => setTimeout(resolve, 10_000, 'no answer')),
      ]);

      expect(status).toBe(401);
      // Only the requests of the first second wait for the timeout of a second.
      const start = performance.now();
      expect(await sendGarbage(server, newAddress())).toBe(401);
      expect(performance.now() - start).toBeLessThan(1000);
    });
  });
});

describe('an instance that never reaches its Redis', () => {
  it('counts in memory, and logs that once and without the password', async () => {
    const variables = {
      // Nothing listens on port 1.
      REDIS_URL: 'redis://someone:open-sesame@127.0.0.1:1',
      REFRESH_RATE_LIMIT_MAX: '5',
      IS_PROXIED: 'true',
    };
    await withServer(variables, async (server) => {
      const address = newAddress();

      const statuses = await Promise.all(times(8, () => sendGarbage(server, address)));

      expect(countStatuses(statuses)).toEqual({ admitted: 5, refused: 3, others: [] });
      const warnings = server.log.filter(saysRedisIsDown);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^warn: .*each instance counts alone/);
      expect(server.log.join('\n')).not.toContain('open-sesame');
    });
  });
});
