import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthError, createAuthClient, type TokenStorage } from '../../client/src/index';
import { dropDatabase, newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { freePort, startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { claimsOf } from '../../tests/helpers/users';

const CLIENTS = 20;
/** In milliseconds. Half of the default, but longer than any message takes, also on a busy machine. */
const LEEWAY = 5000;
/** How long the server is away, besides its start: shorter than the leeway, a little longer, and much longer. */
const GAPS = [500, 6000, 12_000];
/** The average pause of a client between two refreshes, in milliseconds. */
const INTERVAL = 500;
/** How long clients refresh before each restart and after the last one: most rotate just before the restart. */
const BETWEEN_RESTARTS = LEEWAY + 1000;
/** How long before a kill responses are lost, in milliseconds. */
const LOSING = 1000;

const RESPONSE_LOST = new Error('The response is lost');

/** Loses the new token, but not the retry key, which is stored before it is sent. */
let isLosing = false;

/** A storage in memory, which outlives the session object as a file outlives an app. */
const createMemoryStorage = (refreshToken: string): TokenStorage => {
  let stored: string | null = refreshToken;
  return {
    read: () => Promise.resolve(stored),
    write(value) {
      if (isLosing && !value.includes(' ')) return Promise.reject(RESPONSE_LOST);
      stored = value;
      return Promise.resolve();
    },
    remove: () => Promise.resolve(void (stored = null)),
  };
};

describe('One instance that is restarted while clients with the body transport refresh', () => {
  let database: Record<string, string> = {};
  let environment: Record<string, string> = {};
  let server: RunningStrapi;
  const storages: TokenStorage[] = [];
  const outputs: string[] = [];

  beforeAll(async () => {
    database = await newDatabase('postgres');
    environment = {
      ...testEnvironment(database),
      NODE_ENV: 'production',
      PORT: String(await freePort()),
      REFRESH_TOKEN_LEEWAY: `${LEEWAY}ms`,
    };
    server = await startStrapi(environment);
    while (storages.length < CLIENTS) storages.push(createMemoryStorage(await register()));
  });

  afterAll(async () => {
    await server.stop();
    await dropDatabase(database);
  });

  const register = async (): Promise<string> => {
    const username = `user-${randomUUID()}`;
    const response = await fetch(`${server.url}/api/auth/local/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-strapi-refresh-cookie': 'none' },
      body: JSON.stringify({
        username,
        email: `${username}@example.com`,
        password: 'correct-horse',
      }),
    });
    return ((await response.json()) as { refreshToken: string }).refreshToken;
  };

  const stopServer = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (signal === 'SIGKILL') await server.stop();
    else expect(await server.terminate()).toBe(0);
    outputs.push(server.output());
  };

  it.each([
    // It loses no response, so that a longer gap is no different.
    ['SIGTERM', GAPS.slice(0, 1)],
    ['SIGKILL', GAPS],
  ] as const)('logs nobody out (%s, away for %j ms)', async (signal, gaps) => {
    const seen = { refreshes: 0, unavailable: 0, lostResponses: 0 };
    const logouts: unknown[] = [];
    let isOver = false;
    /** When the server was stopped that has been started again since. */
    let lastStop = 0;

    /** Refreshes as an app that was closed since the last refresh: only its storage remains. */
    const refreshOnce = async (storage: TokenStorage): Promise<void> => {
      const before = await storage.read();
      const auth = createAuthClient({ url: server.url, transport: 'body', storage });
      const token = await auth.token().finally(() => auth.close());
      if (token === null) throw new Error(`Logged out: ${auth.state.reason}`);
      const after = (await storage.read()) ?? '';
      if (after.includes(' ')) return void (seen.unavailable += 1);
      const { iat } = claimsOf(after) as { iat: number };
      seen.refreshes += 1;
      // The session rotated before the stop, but the client did not get the response.
      if (!before?.startsWith(after) && iat * 1000 < lastStop) seen.lostResponses += 1;
    };

    const refreshRepeatedly = async (storage: TokenStorage): Promise<void> => {
      await pause(Math.random() * INTERVAL);
      while (!isOver && logouts.length === 0) {
        try {
          await refreshOnce(storage);
        } catch (error) {
          if (error instanceof AuthError && error.code === 'unavailable') seen.unavailable += 1;
          else logouts.push(error);
        }
        await pause(INTERVAL * (0.5 + Math.random()));
      }
    };
    const clients = storages.map(refreshRepeatedly);

    for (const gap of gaps) {
      await pause(BETWEEN_RESTARTS - LOSING);
      isLosing = signal === 'SIGKILL';
      await pause(LOSING);
      const stop = Date.now();
      await stopServer(signal);
      isLosing = false;
      await pause(gap);
      server = await startStrapi(environment);
      lastStop = stop;
    }
    await pause(BETWEEN_RESTARTS);
    isOver = true;
    await Promise.all(clients);

    process.stdout.write(`Restarts, ${signal}: ${JSON.stringify(seen)}\n`);
    expect(logouts).toEqual([]);
    if (signal === 'SIGKILL') expect(seen.lostResponses).toBeGreaterThan(0);
    expect([...outputs, server.output()].join('')).not.toContain('Refresh token reused');
    for (const storage of storages) {
      const auth = createAuthClient({ url: server.url, transport: 'body', storage });
      if ((await auth.token()) === null) throw new Error(`Logged out: ${auth.state.reason}`);
      auth.close();
    }
  });
});
