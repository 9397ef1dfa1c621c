import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createAdmin } from '../../tests/helpers/admins';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { projectRoot } from '../../tests/helpers/paths';
import { freePort, isHealthy } from '../../tests/helpers/process';
import { startProgram, waitUntilReady } from '../../tests/helpers/program';
import { withServer } from '../../tests/helpers/suite';
import { bearer, BODY_TRANSPORT, createUser } from '../../tests/helpers/users';
import { startRedisServer, type RedisServer } from '../helpers/redis-server';
import { hasProgram, isRunnable } from '../helpers/requirements';

const hasRedis = isRunnable('Connections to Redis after a reload', {
  'redis-server': hasProgram('redis-server', '--version'),
});

/** In milliseconds. `strapi develop` compiles the project three times before it listens. */
const START_TIMEOUT = 120_000;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** An app that logs what a reload could double. */
const appOfVersion = (version: number): string => `export default {
  bootstrap({ strapi }: { strapi: any }) {
    const tasks = strapi.cron.jobs.map(({ name }: any) => name);
    strapi.log.info(\`version ${version}: process \${process.pid}, tasks \${tasks}.\`);
    strapi.eventHub.on('session.created', async ({ sessionId }: any) => {
      strapi.log.info(\`heard of session \${sessionId}\`);
    });
  },
};
`;

/** Copies the project to where `strapi develop` sees changes: it ignores every path with "tmp" in it. */
const copyProject = (): string => {
  const folder = mkdtempSync(path.join(homedir(), 'strapi-develop-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  for (const name of ['node_modules', 'public', 'package.json']) {
    symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  }
  for (const name of ['config', 'src', 'tsconfig.json']) {
    cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  }
  mkdirSync(path.join(folder, 'database', 'migrations'), { recursive: true });
  writeFileSync(path.join(folder, 'src', 'index.ts'), appOfVersion(1));
  return folder;
};

/** Starts a server that notes the session events that webhooks send. */
const startReceiver = async () => {
  const events: unknown[] = [];
  const receiver = createServer((request, response) => {
    events.push(request.headers['x-strapi-event']);
    response.end();
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  undo.push(() => receiver.close());
  return { events, url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` };
};

const startRedis = async (): Promise<{ url: string; redis: RedisServer }> => {
  const url = `redis://127.0.0.1:${await freePort()}`;
  const redis = await startRedisServer(url);
  undo.push(redis.stop);
  return { url, redis };
};

/** Returns the ids of the connections to Redis, without the one that asks, once there is one. */
const connectionsOf = async (redis: RedisServer): Promise<string[]> =>
  vi.waitUntil(
    async () => {
      const clients = String(await redis.send('CLIENT', 'LIST'))
        .trim()
        .split('\n');
      const others = clients.filter((client) => !client.includes('cmd=client|list'));
      return others.length > 0 && others.map((client) => /^id=(\d+)/.exec(client)?.[1] ?? '');
    },
    // The server compiles for seconds before it listens, and connects again after that.
    { timeout: 20_000, interval: 100 },
  );

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('A reload of strapi develop leaves nothing of the old process, and all sessions', async () => {
  const receiver = await startReceiver();
  const database = testEnvironment(await newDatabase('sqlite'));
  let user: Awaited<ReturnType<typeof createUser>> | undefined;
  await withServer(database, async (server) => {
    user = await createUser(server);
    // With an administrator, Strapi opens no browser.
    await server
      .request()
      .post('/admin/webhooks')
      .set((await createAdmin(server)).headers)
      .send({
        ...{ name: 'Sessions', url: receiver.url, headers: {} },
        events: ['session.revoked'],
      })
      .expect(201);
  });
  const credentials = { identifier: user?.username, password: user?.password };

  const shared = hasRedis ? await startRedis() : undefined;
  const folder = copyProject();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const strapi = startProgram(
    process.execPath,
    [
      ...['node_modules/@strapi/strapi/bin/strapi.js', 'develop', '--no-watch-admin'],
      ...['--no-build-admin', '--no-install-deps'],
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        ...database,
        NODE_ENV: 'development',
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        ...(shared && { REDIS_URL: shared.url, REFRESH_RATE_LIMIT_MAX: '1000' }),
      },
    },
  );
  // The worker ends with the primary process, unless it had to end before and did not. `stop` waits for
  // all of them: they share the output.
  undo.push(() => {
    for (const [, pid] of strapi.output().matchAll(/: process (\d+),/g)) {
      if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
    }
    return strapi.stop('SIGKILL');
  });

  const url = `http://127.0.0.1:${port}`;
  const post = async (route: string, body: object, headers = {}) => {
    const response = await fetch(`${url}${route}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...BODY_TRANSPORT, ...headers },
      body: JSON.stringify(body),
    });
    const { jwt = '', refreshToken = '' } = (await response.json()) as Record<string, string>;
    return { status: response.status, accessToken: jwt, refreshToken };
  };
  const statusOfOwnAccount = async (tokens: { accessToken: string }) =>
    (await fetch(`${url}/api/users/me`, { headers: bearer(tokens) })).status;
  const countLogins = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(/^sessions_created_total (\d+)$/m.exec(metrics)?.[1]);
  };
  const waitForVersion = async (version: number) => {
    const line = new RegExp(`version ${version}: process (\\d+), tasks (.*)\\.`);
    const isReady = async () => line.test(strapi.output()) && (await isHealthy(url));
    await waitUntilReady('strapi develop', strapi, isReady, START_TIMEOUT);
    const [, pid, tasks = ''] = line.exec(strapi.output()) ?? [];
    return { pid: Number(pid), tasks: tasks.split(','), connections: await connections() };
  };
  const connections = async (): Promise<string[]> => (shared ? connectionsOf(shared.redis) : []);

  const first = await waitForVersion(1);
  const before = await post('/api/auth/local', credentials);
  expect(await countLogins()).toBe(1);

  writeFileSync(path.join(folder, 'src', 'index.ts'), appOfVersion(2));
  const second = await waitForVersion(2);

  expect(second.tasks).toEqual(first.tasks);
  expect(second.tasks).toContain('purgeSessions');
  expect(new Set(second.tasks).size).toBe(second.tasks.length);
  expect(isAlive(first.pid)).toBe(false);
  expect(isAlive(second.pid)).toBe(true);
  expect(second.connections).toHaveLength(first.connections.length);
  expect(second.connections.filter((id) => first.connections.includes(id))).toEqual([]);

  expect(await statusOfOwnAccount(before)).toBe(200);
  const refreshed = await post('/api/token/refresh', { refreshToken: before.refreshToken });
  expect(refreshed.status).toBe(200);
  expect(await statusOfOwnAccount(refreshed)).toBe(200);

  // The counters of the new process begin at 0.
  expect(await countLogins()).toBe(0);
  for (const login of [1, 2]) {
    const tokens = await post('/api/auth/local', credentials);
    expect(tokens.status).toBe(200);
    expect((await post('/api/auth/logout', {}, bearer(tokens))).status).toBe(200);
    expect(await countLogins()).toBe(login);
    await vi.waitFor(() => expect(receiver.events.length).toBeGreaterThanOrEqual(login));
  }
  // A second delivery of the first would have arrived before that of the second.
  expect(receiver.events).toEqual(['session.revoked', 'session.revoked']);
  expect(strapi.output().match(/heard of session \S+/g)).toHaveLength(3);
  expect(strapi.output()).not.toMatch(/EADDRINUSE|already used|error:/);
});
