import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropDatabase, newDatabase, type DatabaseClient } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { createLedger } from './ledger';

const PROCESSES = 3;
const SESSIONS = 12;
/** Of each session: a page, its service worker and the server that renders it, for example. */
const CLIENTS = 3;
const THIEVES = 6;
/** On each database; ten thousand in all. */
const REFRESHES = 3334;
/** The default. Longer than any message takes, also on a machine that has other work. */
const LEEWAY = 10_000;
/** How long a message may take in each direction; a client may be late by both. In milliseconds. */
const SLOWEST_MESSAGE = 300;

interface Answer {
  readonly status: number;
  readonly refreshToken: string;
}

const clients: DatabaseClient[] = ['sqlite', 'postgres', 'mysql'];

describe.each(clients)('Three processes on one database (%s), which take no turns', (client) => {
  let database: Record<string, string> = {};
  const servers: RunningStrapi[] = [];
  const ledger = createLedger();

  beforeAll(async () => {
    database = await newDatabase(client);
    const environment = {
      ...testEnvironment(database),
      NODE_ENV: 'production',
      REFRESH_TOKEN_LEEWAY: `${LEEWAY}ms`,
    };
    // One alone makes the tables.
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
    if (response.status === 200) ledger.note(refreshToken);
    return { status: response.status, refreshToken };
  };

  const register = async (): Promise<string> => {
    const username = `visitor-${randomUUID()}`;
    const body = { username, email: `${username}@example.com`, password: 'correct-horse' };
    const answer = await post(0, '/api/auth/local/register', body);
    expect(answer.status).toBe(200);
    return answer.refreshToken;
  };

  /** One after the other: each hashes a password, and writes more than one statement. */
  const registerAll = async (count: number): Promise<string[]> => {
    const tokens: string[] = [];
    while (tokens.length < count) tokens.push(await register());
    return tokens;
  };

  const refresh = (server: number, refreshToken: string, key?: string): Promise<Answer> =>
    post(server, '/api/token/refresh', { refreshToken }, key);

  it(`${REFRESHES} refreshes log nobody out who is honest, and no generation has two successors`, async () => {
    const seen = { refreshes: 0, doubled: 0, lost: 0, refusals: [] as number[] };

    /** One refresh as a network delivers it: late, at times twice, at times without an answer. */
    const send = async (server: number, token: string): Promise<string> => {
      const key = randomBytes(18).toString('base64url');
      for (;;) {
        await pause(Math.random() * SLOWEST_MESSAGE);
        const copies = Math.random() < 0.1 ? 2 : 1;
        if (copies === 2) seen.doubled += 1;
        const answers = await Promise.all(
          Array.from({ length: copies }, (_, copy) => refresh(server + copy, token, key)),
        );
        seen.refreshes += copies;
        const refused = answers.filter(({ status }) => status !== 200);
        seen.refusals.push(...refused.map(({ status }) => status));
        if (refused.length > 0) return token;
        if (Math.random() < 0.95) return answers[0]?.refreshToken ?? token;
        seen.lost += 1;
      }
    };

    /** Clients share the token of a session; each reads it, is slow, and stores what it gets. */
    const live = async (first: string): Promise<void> => {
      let token = first;
      const work = async (_: unknown, server: number): Promise<void> => {
        while (seen.refreshes < REFRESHES && seen.refusals.length === 0) {
          const next = await send(server, token);
          await pause(Math.random() * SLOWEST_MESSAGE);
          token = next;
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }).map(work));
    };
    await Promise.all((await registerAll(SESSIONS)).map(live));

    process.stdout.write(`Three processes, ${client}: ${JSON.stringify(seen)}\n`);
    expect(seen.refusals).toEqual([]);
    expect(seen.refreshes).toBeGreaterThanOrEqual(REFRESHES);
    expect(seen.doubled).toBeGreaterThan(0);
    expect(seen.lost).toBeGreaterThan(0);
    expect(ledger.forks()).toEqual([]);
  });

  it('every thief is found at the second use after the leeway', async () => {
    const steal = async (stolen: string, thief: number): Promise<number[]> => {
      // Whoever comes first; the other one is late, or comes at once and gets the same successor.
      const first = await refresh(thief, stolen);
      const isAtOnce = thief % 2 === 0;
      const second = isAtOnce ? await refresh(thief + 1, stolen) : undefined;
      await pause(LEEWAY + 200);
      // Two uses after the leeway: one of them has an old token.
      const late = isAtOnce
        ? [await refresh(thief, first.refreshToken)]
        : [await refresh(thief + 1, stolen)];
      if (second) {
        expect(second.refreshToken).toBe(first.refreshToken);
        await pause(LEEWAY + 200);
        late.push(await refresh(thief + 1, second.refreshToken));
      }
      const newest = late[0]?.refreshToken || first.refreshToken;
      return [late.at(-1)?.status ?? 0, (await refresh(thief, newest)).status];
    };

    const found = await Promise.all((await registerAll(THIEVES)).map(steal));

    expect(found).toEqual(Array(THIEVES).fill([401, 401]));
    const logs = servers.map((server) => server.output()).join('');
    expect(logs.match(/Refresh token reused/g)).toHaveLength(THIEVES);
  });
});
