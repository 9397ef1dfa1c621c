import { beforeAll, describe, expect, it } from 'vitest';
import { getStatistics, postRevoke, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, type Admin } from '../helpers/admins';
import { createUser, login, tokensFrom, refresh } from '../helpers/users';
import { useServer } from '../helpers/suite';

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

const server = useServer();
let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server);
});

interface Day {
  readonly date: string;
  readonly logins: number;
  readonly reuses: number;
}

const statistics = async () => (await getStatistics(server, admin).expect(200)).body;

/** The figures as they are now: those of the last minute are over. */
const freshStatistics = async () => {
  server.clock.advance(MINUTE);
  return statistics();
};

const today = () => new Date(server.clock.now()).toISOString().slice(0, 10);

const dayOf = ({ days }: { days: Day[] }, date: string) => days.find((day) => day.date === date);

/** Runs the cron task that stores the tally. */
const storeTally = async (): Promise<void> => {
  const task = server.strapi.cron.jobs.find(({ name }) => name === 'storeSessionTally');
  await task?.job.invoke();
};

const storedTallies = (): Promise<Day[]> =>
  server.strapi.db
    .query('plugin::users-permissions.session-tally')
    .findMany({ where: { day: today() } });

/** Replays a refresh token that was used long ago. */
const reuse = async () => {
  const stolen = await login(server, await createUser(server));
  await refresh(server, tokensFrom(await refresh(server, stolen).expect(200))).expect(200);
  server.clock.advance(MINUTE);
  await refresh(server, stolen).expect(401);
};

describe('GET /users-permissions/sessions/statistics', () => {
  it('counts live sessions, and those of the five devices that have most', async () => {
    const before = await freshStatistics();
    const now = server.clock.now();
    const names = ['A on A', 'B on B', 'C on C', 'D on D', 'E on E', 'F on F'];
    for (const [index, device_name] of names.entries()) {
      await storeSessions(server, 0, Array(100 + index).fill({ device_name }));
    }
    await storeSessions(server, 0, [
      { device_name: 'A on A', revoked_at: now, revoked_reason: 'logout' },
      { device_name: 'A on A', expires_at: now },
      { device_name: 'A on A', absolute_expires_at: now },
    ]);

    const { live, devices } = await freshStatistics();

    expect(live).toBe(before.live + 615);
    expect(devices).toEqual(
      names
        .toReversed()
        .slice(0, 5)
        .map((deviceName, index) => ({ deviceName, sessions: 105 - index })),
    );
  });

  it('counts the logins of today at once, and keeps them for 30 days', async () => {
    // Far from the days of the other tests.
    server.clock.advance(100 * DAY);
    const date = today();
    const user = await createUser(server);
    for (let count = 0; count < 3; count += 1) await login(server, user);

    const { days, computedAt } = await statistics();

    expect(days).toHaveLength(30);
    expect(days[0].date).toBe(new Date(server.clock.now() - 29 * DAY).toISOString().slice(0, 10));
    expect(days[29]).toEqual({ date, logins: 3, reuses: 0 });
    expect(computedAt).toBe(new Date(server.clock.now()).toISOString());
    server.clock.advance(29 * DAY);
    expect((await statistics()).days[0]).toEqual({ date, logins: 3, reuses: 0 });
    server.clock.advance(DAY);
    expect(dayOf(await statistics(), date)).toBeUndefined();
  });

  it('counts reuses by day, and those of the last 24 hours', async () => {
    server.clock.advance(200 * DAY);
    await reuse();
    await reuse();

    const { days, reusesLast24Hours } = await freshStatistics();
    expect(dayOf({ days }, today())).toMatchObject({ reuses: 2 });
    expect(reusesLast24Hours).toBe(2);

    server.clock.advance(DAY);
    expect((await freshStatistics()).reusesLast24Hours).toBe(0);
  });

  it('is computed once a minute, and again after a revocation', async () => {
    const admins = await freshStatistics();
    const { id } = await createUser(server);
    await storeSessions(server, id, [{}, {}]);

    expect(await statistics()).toEqual(admins);
    expect((await freshStatistics()).live).toBe(admins.live + 2);
    await postRevoke(server, admin, { userId: id }).expect(200);
    expect((await statistics()).live).toBe(admins.live);
  });
});

describe('The tally of a day', () => {
  it('is added to what other instances have stored, and counted once', async () => {
    server.clock.advance(300 * DAY);
    const user = await createUser(server);
    await login(server, user);
    await storeTally();
    await login(server, user);
    await storeTally();
    await storeTally();

    expect(await storedTallies()).toMatchObject([{ day: today(), logins: 2, reuses: 0 }]);
    expect(dayOf(await freshStatistics(), today())).toMatchObject({ logins: 2 });
  });

  it('loses nothing when many add to it at once', async () => {
    server.clock.advance(400 * DAY);
    const { createTallyStore } =
      await import('../../src/extensions/users-permissions/refresh-tokens/admin/sql-tallies');
    const store = createTallyStore(server.strapi.db);

    await Promise.all(
      Array.from({ length: 20 }, () => store.add({ day: today(), logins: 1, reuses: 2 })),
    );

    expect(await storedTallies()).toMatchObject([{ logins: 20, reuses: 40 }]);
  });

  it('is stored by a cron task, every minute', async () => {
    const { jobs } = server.strapi.cron;
    expect(jobs.map(({ name }) => name)).toContain('storeSessionTally');
  });
});
