import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { newDatabase, testDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { projectRoot } from '../helpers/paths';
import { createUser, login, refresh, fetchOwnAccount } from '../helpers/users';
import {
  insertSessionRows,
  sessionRow,
  countStored,
  type SessionRow,
} from '../helpers/session-rows';
import { useServer, withServer } from '../helpers/suite';

const DAY = 24 * 60 * 60 * 1000;

const rows = (count: number, now: number, overrides: Partial<SessionRow> = {}): SessionRow[] =>
  Array.from({ length: count }, () => sessionRow(now, overrides));

describe('the purge', () => {
  const server = useServer();

  const purge = (): Promise<number> =>
    server.strapi.plugin('users-permissions').service('session').purge();

  const ends: [string, (at: number) => Partial<SessionRow>][] = [
    ['idle', (at) => ({ expires_at: at })],
    ['past its absolute end', (at) => ({ expires_at: at, absolute_expires_at: at })],
    ['revoked', (at) => ({ revoked_at: at, revoked_reason: 'logout' })],
  ];

  it.each(ends)('keeps a session that is %s for a day, and then deletes it', async (_end, end) => {
    const now = server.clock.now();
    const { id: user_id } = await createUser(server);
    const kept = rows(2, now, { user_id, ...end(now - DAY) });
    const due = rows(3, now, { user_id, ...end(now - DAY - 1) });
    await insertSessionRows(server, [...kept, ...due]);

    expect(await purge()).toBe(3);

    expect(await countStored(server, due)).toBe(0);
    expect(await countStored(server, kept)).toBe(2);
    server.clock.advance(1);
    expect(await purge()).toBe(2);
    expect(await countStored(server, kept)).toBe(0);
  });

  it('deletes in batches whatever is due, and nothing that lies in between', async () => {
    const now = server.clock.now();
    const { id } = await createUser(server);
    const live = rows(300, now, { user_id: id });
    // With their user: those without one would be deleted anyway.
    const due = rows(1000, now, { user_id: id, expires_at: now - 2 * DAY });
    const mixed = due.flatMap((row, index) => [row, ...live.slice(index, index + 1)]);
    expect(mixed).toHaveLength(1300);
    await insertSessionRows(server, mixed);

    const statements = await server.statements(async () => {
      expect(await purge()).toBe(1000);
    });

    expect(await countStored(server, due)).toBe(0);
    expect(await countStored(server, live)).toBe(300);
    const deletes = statements.filter((sql) => sql.startsWith('delete'));
    expect(deletes.length).toBeGreaterThan(1);
    expect(deletes.length).toBeLessThan(10);
  });

  // Only SQLite runs statements on the thread of the process.
  it.runIf(testDatabase === 'sqlite')(
    'lets other requests have their turn after each batch',
    async () => {
      const due = rows(3000, server.clock.now(), { expires_at: server.clock.now() - 2 * DAY });
      await insertSessionRows(server, due);
      const turns: number[] = [];
      const purging = purge();
      let isPurging = true;
      const takeTurns = async (): Promise<void> => {
        while (isPurging) {
          await setImmediate();
          turns.push(await countStored(server, due));
        }
      };
      const taking = takeTurns();

      await purging;

      isPurging = false;
      await taking;
      const sizes = turns.map((count, index) => (turns[index - 1] ?? due.length) - count);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
    },
  );

  it('runs as a cron task, and logs how many sessions it deleted', async () => {
    const due = rows(4, server.clock.now(), { expires_at: server.clock.now() - 2 * DAY });
    await insertSessionRows(server, due);
    const [task, ...more] = server.strapi.cron.jobs.filter(({ name }) => name === 'purgeSessions');
    expect(more).toEqual([]);
    expect(task?.options).toEqual({ rule: '17 * * * *' });

    await task?.job.invoke();

    expect(await countStored(server, due)).toBe(0);
    expect(server.log.some((line) => line.includes('Purged 4 sessions'))).toBe(true);
  });
});

describe('a shutdown', () => {
  it('stops the purge after the statement at hand', async () => {
    const environment = testEnvironment(await newDatabase());
    let ended: SessionRow[] = [];
    await withServer(environment, async (server) => {
      const now = server.clock.now();
      ended = rows(3000, now, { expires_at: now - 2 * DAY });
      await insertSessionRows(server, ended);
      const task = server.strapi.cron.jobs.find(({ name }) => name === 'purgeSessions');
      const firstBatch = new Promise<void>((resolve) => {
        server.strapi.db.connection.on('query', ({ sql }: { sql: string }) => {
          if (sql.startsWith('delete')) resolve();
        });
      });
      const purging = task?.job.invoke();
      await firstBatch;

      await server.strapi.destroy();

      await purging;
      // The end of the test would destroy it again.
      server.strapi.destroy = () => Promise.resolve();
    });

    await withServer(environment, async (server) => {
      const left = await countStored(server, ended);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(ended.length);
    });
  });
});

describe('two processes that purge one database at the same time', () => {
  /** Enough that neither process is done before the other begins. */
  const ENDED = 40_000;

  interface Purger {
    readonly purger: ChildProcess;
    /** Returns everything that the process has written to stdout and stderr. */
    readonly output: () => string;
  }

  /** Starts another instance on the same database, and waits until it has loaded. */
  const startPurger = async (environment: Record<string, string>): Promise<Purger> => {
    const purger = fork(
      path.join(projectRoot, 'tests/helpers/purge-process.mjs'),
      [projectRoot, inject('distDir')],
      { env: { ...process.env, ...environment }, silent: true, execArgv: [] },
    );
    const written: string[] = [];
    for (const stream of [purger.stdout, purger.stderr]) {
      stream?.on('data', (chunk: Buffer) => written.push(chunk.toString()));
    }
    const [message] = await Promise.race([once(purger, 'message'), once(purger, 'exit')]);
    expect(message, written.join('')).toBe('ready');
    return { purger, output: () => written.join('') };
  };

  const purgeIn = async ({ purger, output }: Purger) => {
    const exited = once(purger, 'close');
    const answered = Promise.race([once(purger, 'message'), exited]);
    purger.send('purge');
    const [count] = await answered;
    const [code] = await exited;
    return { count: Number(count), code: code as number | null, output: output() };
  };

  it('delete each ended session once and no live one', async () => {
    const environment = testEnvironment(await newDatabase());
    await withServer(environment, async (server) => {
      const now = server.clock.now();
      const ended = rows(ENDED, now, { expires_at: now - 2 * DAY });
      const user = await createUser(server);
      const live = rows(50, now, { user_id: user.id });
      const session = await login(server, user);
      await insertSessionRows(server, [
        ...ended.slice(0, ENDED / 2),
        ...live,
        ...ended.slice(ENDED / 2),
      ]);
      const purger = await startPurger(environment);

      const [other, own] = await Promise.all([
        purgeIn(purger),
        server.strapi.plugin('users-permissions').service('session').purge() as Promise<number>,
      ]);

      expect(other.output).not.toMatch(/error/i);
      expect(other.code).toBe(0);
      expect(other.count + own).toBe(ENDED);
      expect(Math.min(other.count, own), 'both have deleted some').toBeGreaterThan(0);
      expect(await countStored(server, ended)).toBe(0);
      expect(await countStored(server, live)).toBe(50);
      await fetchOwnAccount(server, session).expect(200);
      await refresh(server, session).expect(200);
    });
  }, 180_000);
});
