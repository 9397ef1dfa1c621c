import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { startStrapi, type RunningStrapi } from '../helpers/process';
import { REDIS_URL, isRedisReachable, startRedisRelay } from '../helpers/redis';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

/** An address that no other run on the same Redis sends from. */
const newAddress = (): string =>
  `2001:db8:${[...randomBytes(12).toString('hex').matchAll(/.{4}/g)].join(':')}`;

const garbageTo = async (url: string, address: string): Promise<number> => {
  const response = await fetch(`${url}/api/token/refresh`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address },
    body: '{"refreshToken":"garbage"}',
  });
  await response.arrayBuffer();
  return response.status;
};

const timesEach = (statuses: readonly number[]) => ({
  admitted: statuses.filter((status) => status === 401).length,
  refused: statuses.filter((status) => status === 429).length,
  others: statuses.filter((status) => status !== 401 && status !== 429),
});

const times = <Result>(count: number, run: () => Result): Result[] =>
  Array.from({ length: count }, run);

/** Sends garbage to a server in this process; resolves to the status. */
const garbage = async ({ request }: Pick<TestServer, 'request'>, address: string) =>
  (
    await request()
      .post('/api/token/refresh')
      .set('X-Forwarded-For', address)
      .send({ refreshToken: 'garbage' })
  ).status;

const isAway = (line: string): boolean => line.includes('Redis cannot be reached');
const isBack = (line: string): boolean => line.includes('Redis is back');

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

  it('admit 20 together, not 20 each', async () => {
    const address = newAddress();

    const statuses = await Promise.all(
      instances.flatMap(({ url }) => times(30, () => garbageTo(url, address))),
    );

    expect(timesEach(statuses)).toEqual({ admitted: 20, refused: 40, others: [] });
  });

  it('refuse at one what the other has counted', async () => {
    const address = newAddress();
    const [one, other] = instances as [RunningStrapi, RunningStrapi];
    await Promise.all(times(20, () => garbageTo(one.url, address)));

    expect(await garbageTo(other.url, address)).toBe(429);

    expect(await garbageTo(other.url, newAddress())).toBe(401);
  });
});

describe.skipIf(!isReachable && !isRequired)('an instance whose Redis comes and goes', () => {
  const counting = async (
    run: (server: TestServer, relay: Awaited<ReturnType<typeof startRedisRelay>>) => Promise<void>,
  ): Promise<void> => {
    const relay = await startRedisRelay();
    const variables = {
      REDIS_URL: relay.url,
      REFRESH_RATE_LIMIT_MAX: '5',
      IS_PROXIED: 'true',
    };
    try {
      await withServer(variables, (server) => run(server, relay));
    } finally {
      relay.stop();
    }
  };

  /** Strapi does not wait for Redis when it boots; the first requests may be counted in memory. */
  const connected = (server: TestServer) =>
    vi.waitUntil(async () => {
      await garbage(server, newAddress());
      return !server.log.some(isAway) || server.log.some(isBack);
    });

  it('counts alone in between, and says so once each time', async () => {
    await counting(async (server, relay) => {
      const address = newAddress();
      await connected(server);
      const awayBefore = server.log.filter(isAway).length;
      for (const status of await Promise.all(times(5, () => garbage(server, address)))) {
        expect(status).toBe(401);
      }
      expect(await garbage(server, address)).toBe(429);

      relay.cut();
      await vi.waitUntil(() => server.log.filter(isAway).length > awayBefore);
      const statuses = await Promise.all(times(8, () => garbage(server, address)));
      expect(timesEach(statuses)).toEqual({ admitted: 5, refused: 3, others: [] });
      expect(server.log.filter(isAway)).toHaveLength(awayBefore + 1);

      relay.mend();
      await vi.waitUntil(
        async () => {
          await garbage(server, newAddress());
          return server.log.some(isBack);
        },
        { timeout: 20_000, interval: 100 },
      );
      // What Redis had counted before still stands.
      expect(await garbage(server, address)).toBe(429);
    });
  });

  it('answers also when Redis falls silent', async () => {
    await counting(async (server, relay) => {
      await connected(server);
      relay.silence();

      const status = await Promise.race([
        garbage(server, newAddress()),
        new Promise((resolve) => setTimeout(resolve, 10_000, 'no answer')),
      ]);

      expect(status).toBe(401);
    });
  });
});

describe('an instance that never reaches its Redis', () => {
  it('counts alone, and says so once and without the password', async () => {
    const variables = {
      // Nothing listens on the first port.
      REDIS_URL: 'redis://someone:open-sesame@127.0.0.1:1',
      REFRESH_RATE_LIMIT_MAX: '5',
      IS_PROXIED: 'true',
    };
    await withServer(variables, async (server) => {
      const address = newAddress();

      const statuses = await Promise.all(times(8, () => garbage(server, address)));

      expect(timesEach(statuses)).toEqual({ admitted: 5, refused: 3, others: [] });
      const warnings = server.log.filter(isAway);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^warn: .*each instance counts alone/);
      expect(server.log.join('\n')).not.toContain('open-sesame');
    });
  });
});
