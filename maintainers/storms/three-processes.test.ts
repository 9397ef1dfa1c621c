import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropDatabase, newDatabase, type DatabaseClient } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { createIssuedTokens } from './issued-tokens';

const PROCESSES = 3;
const SESSIONS = 12;
/** How many clients share a session: for example a page, its service worker and the server that renders it. */
const CLIENTS = 3;
const STOLEN_TOKENS = 6;
/** On each database: ten thousand in all. */
const REFRESHES = 3334;
/** The default, in milliseconds. Much longer than any message takes, also on a busy machine. */
const LEEWAY = 10_000;
/** The longest delay of a message in each direction, in milliseconds. */
const MAX_DELAY = 300;

interface RefreshResult {
  readonly status: number;
  readonly refreshToken: string;
}

const clients: DatabaseClient[] = ['sqlite', 'postgres', 'mysql'];

describe.each(clients)('Three processes on one database (%s)', (client) => {
  let database: Record<string, string> = {};
  const servers: RunningStrapi[] = [];
  const issuedTokens = createIssuedTokens();

  beforeAll(async () => {
    database = await newDatabase(client);
    const environment = {
      ...testEnvironment(database),
      NODE_ENV: 'production',
      REFRESH_TOKEN_LEEWAY: `${LEEWAY}ms`,
    };
    // The first one creates the tables before the others start.
    servers.push(await startStrapi(environment));
    const others = Array.from({ length: PROCESSES - 1 }, () => startStrapi(environment));
    servers.push(...(await Promise.all(others)));
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await dropDatabase(database);
  });

  const post = async (server: number, path: string, body: object, key?: string) => {
    const response = await fetch(`${servers[server % PROCESSES]?.url}${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'x-strapi-refresh-cookie': 'none',
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
      },
      body: JSON.stringify(body),
    });
    const { refreshToken = '' } = (await response.json()) as { refreshToken?: string };
    if (response.status === 200) issuedTokens.add(refreshToken);
    return { status: response.status, refreshToken };
  };

  const register = async (): Promise<string> => {
    const username = `user-${randomUUID()}`;
    const body = { username, email: `${username}@example.com`, password: 'correct-horse' };
    const { status, refreshToken } = await post(0, '/api/auth/local/register', body);
    expect(status).toBe(200);
    return refreshToken;
  };

  /** Registers users one after the other: each registration hashes a password and writes several rows. */
  const registerAll = async (count: number): Promise<string[]> => {
    const tokens: string[] = [];
    while (tokens.length < count) tokens.push(await register());
    return tokens;
  };

  const refresh = (server: number, refreshToken: string, key?: string): Promise<RefreshResult> =>
    post(server, '/api/token/refresh', { refreshToken }, key);

  it(`accept ${REFRESHES} refreshes of uncoordinated clients, and issue one successor for each generation`, async () => {
    const seen = { refreshes: 0, duplicates: 0, lost: 0, refusals: [] as number[] };

    /**
     * Refreshes over a simulated network, which delays each request, sends one in ten twice and loses one
     * response in twenty. The client then retries with the same key. Resolves to the token that it holds
     * afterwards.
     */
    const send = async (server: number, token: string): Promise<string> => {
      const key = randomBytes(18).toString('base64url');
      for (;;) {
        await pause(Math.random() * MAX_DELAY);
        const copies = Math.random() < 0.1 ? 2 : 1;
        if (copies === 2) seen.duplicates += 1;
        const results = await Promise.all(
          Array.from({ length: copies }, (_, copy) => refresh(server + copy, token, key)),
        );
        seen.refreshes += copies;
        const refused = results.filter(({ status }) => status !== 200);
        seen.refusals.push(...refused.map(({ status }) => status));
        if (refused.length > 0) return token;
        if (Math.random() < 0.95) return results[0]?.refreshToken ?? token;
        seen.lost += 1;
      }
    };

    /** Runs the clients of one session. Each reads the shared token, refreshes, and stores the new one late. */
    const runClients = async (first: string): Promise<void> => {
      let token = first;
      const refreshRepeatedly = async (_: unknown, server: number): Promise<void> => {
        while (seen.refreshes < REFRESHES && seen.refusals.length === 0) {
          const next = await send(server, token);
          await pause(Math.random() * MAX_DELAY);
          token = next;
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }).map(refreshRepeatedly));
    };
    await Promise.all((await registerAll(SESSIONS)).map(runClients));

    process.stdout.write(`Three processes, ${client}: ${JSON.stringify(seen)}\n`);
    expect(seen.refusals).toEqual([]);
    expect(seen.refreshes).toBeGreaterThanOrEqual(REFRESHES);
    expect(seen.duplicates).toBeGreaterThan(0);
    expect(seen.lost).toBeGreaterThan(0);
    expect(issuedTokens.forks()).toEqual([]);
  });

  it('detect a stolen token at the latest at the second use after the leeway', async () => {
    /**
     * Two parties use one token, without a common key. The second one comes within the leeway and gets the
     * same successor (even index), or comes later. Resolves to the status of the last use, and of a refresh
     * with the newest token after it.
     */
    const useTwice = async (stolen: string, index: number): Promise<number[]> => {
      const first = await refresh(index, stolen);
      const isWithinLeeway = index % 2 === 0;
      const second = isWithinLeeway ? await refresh(index + 1, stolen) : undefined;
      await pause(LEEWAY + 200);
      const late = isWithinLeeway
        ? [await refresh(index, first.refreshToken)]
        : [await refresh(index + 1, stolen)];
      if (second) {
        expect(second.refreshToken).toBe(first.refreshToken);
        await pause(LEEWAY + 200);
        late.push(await refresh(index + 1, second.refreshToken));
      }
      const newest = late[0]?.refreshToken || first.refreshToken;
      return [late.at(-1)?.status ?? 0, (await refresh(index, newest)).status];
    };

    const statuses = await Promise.all((await registerAll(STOLEN_TOKENS)).map(useTwice));

    expect(statuses).toEqual(Array(STOLEN_TOKENS).fill([401, 401]));
    const logs = servers.map((server) => server.output()).join('');
    expect(logs.match(/Refresh token reused/g)).toHaveLength(STOLEN_TOKENS);
  });
});
