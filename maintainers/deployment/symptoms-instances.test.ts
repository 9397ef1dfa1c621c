import { afterEach, describe, expect, it, vi } from 'vitest';
import { behindNginx } from '../helpers/behind-nginx';
import { clockAhead } from '../helpers/clock-ahead';
import { openBrowser, type Answer, type Browser } from '../helpers/browser-client';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { isPostgresReachable } from '../helpers/postgres-database';
import {
  freePort,
  spawnStrapi,
  startStrapi,
  type StrapiProcess,
} from '../../tests/helpers/process';
import { isRedisReachable, REDIS_URL } from '../../tests/helpers/redis';
import { hasProgram, isRunnable } from '../helpers/requirements';
import type { TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * Reproduces the symptoms of docs/deploying.md that need server processes of their own: several instances, or a boot.
 * See symptoms.test.ts.
 */

type Variables = Record<string, string>;

const runnable = isRunnable('Symptoms of several instances', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'Redis at TEST_REDIS_URL': await isRedisReachable(),
  'PostgreSQL at TEST_POSTGRES_URL': await isPostgresReachable(),
});

let started: StrapiProcess[] = [];
afterEach(async () => {
  await Promise.all(started.map(({ stop }) => stop()));
  started = [];
});

/** Starts a server that is stopped after the test. */
const start = async (environment: Variables) => {
  const strapi = await startStrapi(environment);
  started.push(strapi);
  return strapi;
};

/**
 * Creates a database and lets a server in this process write to it.
 *
 * @returns the variables of servers in production on this database, and the result of `prepare`
 */
const prepareDatabase = async <Result>(
  prepare: (server: TestServer) => Promise<Result>,
): Promise<{ production: Variables; prepared: Result }> => {
  const environment = testEnvironment(await newDatabase());
  let prepared: Result | undefined;
  await withServer(environment, async (server) => {
    prepared = await prepare(server);
  });
  const production = { ...environment, NODE_ENV: 'production', IS_PROXIED: 'true' };
  return { production, prepared: prepared as Result };
};

/** Runs a browser against two servers behind one nginx, which forwards requests to them in turn. */
const browseTwo = async <Result>(
  environments: readonly [Variables, Variables],
  browse: (browser: Browser) => Promise<Result>,
): Promise<{ result: Result; log: string }> => {
  const instances = await Promise.all(environments.map(start));
  const ports = instances.map(({ url }) => Number(new URL(url).port));
  let result: Result | undefined;
  await behindNginx(ports, {}, async (site) => {
    const browser = openBrowser(site);
    try {
      result = await browse(browser);
    } finally {
      browser.close();
    }
  });
  return {
    result: result as Result,
    log: instances.map(({ output }) => output()).join(''),
  };
};

const statusesOf = async (count: number, send: () => Promise<Answer>): Promise<number[]> => {
  const statuses: number[] = [];
  for (let sent = 0; sent < count; sent += 1) statuses.push((await send()).status);
  return statuses;
};

describe.skipIf(!runnable)(
  'Symptoms of docs/deploying.md, in server processes of their own:',
  () => {
    it('401 now and then, with several instances', async () => {
      const { production, prepared: user } = await prepareDatabase(createUser);
      const { JWT_SECRET = '', REFRESH_SECRET = '' } = testEnvironment();
      const logInAndRefresh = (browser: Browser) =>
        statusesOf(4, async () => {
          const { username, password }: TestUser = user;
          await browser.post('/api/auth/local', { identifier: username, password });
          return browser.post('/api/token/refresh');
        });

      const otherSecrets = { ...production, JWT_SECRET, REFRESH_SECRET };
      const different = await browseTwo([production, otherSecrets], logInAndRefresh);
      expect(different.result).toContain(401);
      expect(different.log).toContain('Refresh token refused: bad-signature');

      const same = await browseTwo([production, production], logInAndRefresh);
      expect(same.result).toEqual([200, 200, 200, 200]);
    });

    it('A rate limit lets twice as many through, with two instances', async () => {
      const { production, prepared: user } = await prepareDatabase(createUser);
      const limited = { ...production, REFRESH_RATE_LIMIT_MAX: '5' };
      // Each call logs in anew, because a session has its own rate limit in Redis.
      const admitted = async (environment: Variables): Promise<number> => {
        const { result: statuses } = await browseTwo(
          [environment, environment],
          async (browser) => {
            await browser.post('/api/auth/local', {
              identifier: user.username,
              password: user.password,
            });
            return statusesOf(12, () => browser.post('/api/token/refresh'));
          },
        );
        return statuses.filter((status) => status === 200).length;
      };

      expect(await admitted(limited)).toBe(10);

      expect(await admitted({ ...limited, REDIS_URL })).toBe(5);
    });

    it('The log warns that the clock of this server is ahead of that of the database', async () => {
      const environment = testEnvironment(await newDatabase('postgres'));
      const hour = 60 * 60 * 1000;
      const warning = 'ms ahead of that of the database';

      const wrong = await start({ ...environment, ...clockAhead(hour) });
      await vi.waitUntil(() => wrong.output().includes(warning), { timeout: 10_000 });

      const right = await start(environment);
      expect(right.output()).not.toContain(warning);
    });

    it('The container starts again and again; the log says `Invalid settings`', async () => {
      const environment = testEnvironment(await newDatabase());

      const misconfigured = spawnStrapi({
        ...environment,
        REFRESH_SECRET: '',
        PORT: String(await freePort()),
      });
      started.push(misconfigured);
      expect(await misconfigured.exited).not.toBe(0);
      expect(misconfigured.output()).toContain('Invalid settings');
      expect(misconfigured.output()).toContain('REFRESH_SECRET: is missing');

      await start(environment);
    });

    describe('with a login provider,', () => {
      const withGithub = () =>
        prepareDatabase(async ({ strapi }) => {
          const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
          const grant = (await store.get({})) as Record<string, object>;
          const github = { ...grant.github, enabled: true, key: 'client', secret: 'secret' };
          await store.set({ value: { ...grant, github } });
        });

      const connect = async (environment: Variables) => {
        const { url, output } = await start(environment);
        const { status, headers } = await fetch(`${url}/api/connect/github`, {
          redirect: 'manual',
          headers: { 'X-Forwarded-Proto': 'https' },
        });
        const location = headers.get('location');
        const redirectUri = location && new URL(location).searchParams.get('redirect_uri');
        return { status, redirectUri, output };
      };

      it('500 on login through a provider; the log says `Cannot send secure cookie`', async () => {
        const { production } = await withGithub();

        const unproxied = await connect({ ...production, IS_PROXIED: 'false' });
        expect(unproxied.status).toBe(500);
        expect(unproxied.output()).toContain(
          'Cannot send secure cookie over unencrypted connection',
        );

        expect((await connect(production)).status).toBe(302);
      });

      it('The login provider refuses the address to come back to: `http://localhost:1337/…`', async () => {
        const { production } = await withGithub();
        const unproxied = await connect(production);
        expect(unproxied.redirectUri).toMatch(
          /^http:\/\/(127\.0\.0\.1|localhost):\d+\/api\/connect\//,
        );

        const configured = await connect({ ...production, PUBLIC_URL: 'https://api.example.com' });
        expect(configured.redirectUri).toBe('https://api.example.com/api/connect/github/callback');
      });
    });
  },
);
