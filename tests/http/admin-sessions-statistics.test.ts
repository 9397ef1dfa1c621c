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

/** Waits for the tally of today: no response waits until it is stored. */
const expectTally = (tally: Pick<Day, 'logins' | 'reuses'>) =>
  expect
    .poll(() => server.strapi.db.connection('up_session_tallies').where({ day: today() }))
    .toMatchObject([tally]);

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

  it('counts the logins of a day, and keeps them for 30 days', async () => {
    // Far from the days of the other tests.
    server.clock.advance(100 * DAY);
    const date = today();
    const user = await createUser(server);
    for (let count = 0; count < 3; count += 1) await login(server, user);
    await expectTally({ logins: 3, reuses: 0 });

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
    await expectTally({ logins: 2, reuses: 2 });

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
  it('loses nothing when several instances add to it at once', async () => {
    server.clock.advance(300 * DAY);
    const { createTallies } =
      await import('../../src/extensions/users-permissions/refresh-tokens/admin/sql-tallies');
    const dependencies = { db: server.strapi.db, now: server.clock.now, warn: expect.fail };
    const instances = Array.from({ length: 4 }, () => createTallies(dependencies));

    for (const tallies of instances) {
      for (let count = 0; count < 5; count += 1) tallies.count('logins');
      tallies.count('reuses');
    }
    await Promise.all(instances.map((tallies) => tallies.settled()));

    await expectTally({ logins: 20, reuses: 4 });
  });

  it('fails no login: what cannot be stored is a warning', async () => {
    const user = await createUser(server);
    const rename = (from: string, to: string) =>
      server.strapi.db.connection.schema.renameTable(from, to);
    await rename('up_session_tallies', 'elsewhere');
    try {
      await login(server, user);
      const warnings = () => server.log.filter((line) => line.includes('Session tally not stored'));
      await expect.poll(warnings).toEqual([expect.stringMatching(/^warn: /)]);
    } finally {
      await rename('elsewhere', 'up_session_tallies');
    }
  });
});
