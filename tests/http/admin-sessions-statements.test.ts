import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, getStatistics, postRevoke, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, type Admin } from '../helpers/admins';
import { testDatabase } from '../helpers/databases';
import { createUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const MINUTE = 60 * 1000;
/** What Strapi reads to know an administrator and what they may do. */
const OF_THE_ADMIN = /strapi_sessions|admin_/;

const server = useServer();
let admin: Admin;
let userId: number;
let documentId: string;

beforeAll(async () => {
  admin = await createAdmin(server);
  const person = await createUser(server, { username: 'somebody-special' });
  userId = person.id;
  const user = await server.strapi.db
    .query('plugin::users-permissions.user')
    .findOne({ where: { id: userId } });
  documentId = user.documentId;
  await storeSessions(server, userId, [{}, { device_name: 'Chrome on Windows' }]);

  if (testDatabase === 'postgres') await fill(300_000);
});

/** So many that a page and a count of them are little: a planner has no reason to read them all. */
const fill = async (count: number): Promise<void> => {
  const { connection } = server.strapi.db;
  await connection.raw(
    `insert into up_sessions (session_id, user_id, generation, rotated_at, expires_at,
            absolute_expires_at, login_at, device_name, user_agent, ip_address, revoked_at,
            revoked_reason)
     select md5(n::text), 1000000 + n / 10, 1, now, now + (n % 20 - 1) * 60000, now + 3600000000,
            now - n * 6000::bigint, (array['Chrome on Windows', 'Safari on iOS', 'Firefox on Linux'])[1 + n % 3],
            repeat('Mozilla', 15), '203.0.' || n % 100 || '.' || n % 250,
            case when n % 16 < 3 then now end,
            (array['logout', 'session-limit', 'reuse-detected'])[1 + n % 16]
       from generate_series(1, cast(:count as int)) as n,
            (select cast(:now as bigint) as now) as clock`,
    { now: server.clock.now(), count },
  );
  await connection.raw('vacuum analyze up_sessions');
};

const lists: [string, () => Record<string, unknown>][] = [
  ['everybody', () => ({})],
  ['a far page', () => ({ page: 90, pageSize: 100, sort: 'loginAt:asc' })],
  ['live ones', () => ({ state: 'live' })],
  ['live ones, oldest first', () => ({ state: 'live', sort: 'loginAt:asc' })],
  ['ended ones', () => ({ state: 'ended' })],
  ['thefts', () => ({ state: 'reuse-detected' })],
  ['a user', () => ({ userId })],
  ['a user by documentId', () => ({ userId: documentId, sort: 'lastUsedAt:desc' })],
  ['a user, searched', () => ({ userId: documentId, search: 'chrome', state: 'live' })],
  ['a search by name', () => ({ search: 'somebody-sp' })],
  ['a search by device', () => ({ search: 'chrome' })],
  ['a search by device, live ones', () => ({ search: 'chrome', state: 'live' })],
  ['a search by device, ended ones', () => ({ search: 'chrome', state: 'ended' })],
  ['a search by address', () => ({ search: '203.0.17.17', state: 'reuse-detected' })],
  ['a search for nothing', () => ({ search: 'zzz' })],
];

const calls: [string, () => PromiseLike<unknown>][] = [
  ...lists.map(([what, query]): (typeof calls)[number] => [
    what,
    () => getSessions(server, admin, query()).expect(200),
  ]),
  ['how many', () => postRevoke(server, admin, { filter: { search: 'chrome' }, dryRun: true })],
];

/** What a call asks the database for, without what Strapi reads to let the administrator in. */
const statementsOf = async (call: () => PromiseLike<unknown>): Promise<string[]> => {
  const statements = await server.statements(async () => void (await call()));
  return statements.filter((sql) => !OF_THE_ADMIN.test(sql));
};

describe('An answer of the admin API', () => {
  it.each(calls)('takes at most two statements: %s', async (_what, call) => {
    const statements = await statementsOf(call);

    expect(statements.length, statements.join('\n')).toBeGreaterThan(0);
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(2);
  });

  it('takes two statements for figures, and none within the minute', async () => {
    server.clock.advance(MINUTE);
    const figures = () => getStatistics(server, admin).expect(200);

    expect(await statementsOf(figures)).toHaveLength(2);
    expect(await statementsOf(figures)).toEqual([]);
  });
});

describe.runIf(testDatabase === 'postgres')('On Postgres', () => {
  /** The plans of the selects of a call, from the parameters that it has sent. */
  const plansOf = async (call: () => PromiseLike<unknown>): Promise<string[]> => {
    const { connection } = server.strapi.db;
    const sent: { sql: string; bindings: readonly unknown[] }[] = [];
    const note = (query: (typeof sent)[number]) => sent.push(query);
    connection.on('query', note);
    try {
      await call();
    } finally {
      connection.removeListener('query', note);
    }
    const plans: string[] = [];
    for (const { sql, bindings } of sent.filter((query) => query.sql.includes('up_sessions'))) {
      const plain = sql.replace(/\$\d+/g, '?');
      const { rows } = await connection.raw(`explain ${plain}`, [...bindings] as string[]);
      plans.push(rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n'));
    }
    return plans;
  };

  it.each(calls)('reads sessions along an index only: %s', async (_what, call) => {
    const plans = await plansOf(call);

    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on up_sessions/);
  });
});
