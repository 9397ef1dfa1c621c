import { afterAll, beforeAll, expect, it } from 'vitest';
import { getSessions, postRevoke, storeSessions } from '../../tests/helpers/admin-sessions';
import { createAdmin, type Admin } from '../../tests/helpers/admins';
import { describeOn } from '../../tests/helpers/databases';
import { startServer, type TestServer } from '../../tests/helpers/server';
import { stopWithoutErrors } from '../../tests/helpers/suite';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { fillManySessions } from '../bench/lib/many-sessions.mjs';

const MILLION = 1_000_000;
const DAY = 24 * 60 * 60 * 1000;
const FILL_TIMEOUT = 15 * 60 * 1000;
const REVOCATION_TIMEOUT = 5 * 60 * 1000;
/** How many statements of one call are looked at: three batches of a revocation. */
const PLANS = 9;

const STATES = ['live', 'ended', 'reuse-detected'] as const;
const DEVICES = ['Lynx on Plan 9', 'Chrome on Windows'];
const ADDRESSES = ['198.51.100.7', '198.51.100.8'];

/** A session that is known among the million. */
interface Known {
  readonly id: string;
  readonly loginAt: number;
  readonly state: (typeof STATES)[number];
  readonly device: string;
  readonly address: string;
}
type Condition = Pick<Known, 'state' | 'device' | 'address'>;

const conditions: Condition[] = [0, 1, 2].flatMap(() =>
  STATES.flatMap((state) =>
    DEVICES.flatMap((device) => ADDRESSES.map((address) => ({ state, device, address }))),
  ),
);

const LOGIN_ORDER = 'up_sessions_login_at_index';
const OF_USER = 'up_sessions_user_id_index';

describeOn('postgres')('The admin API on PostgreSQL with a million sessions', () => {
  let server: TestServer;
  let admin: Admin;
  let user: TestUser;
  let known: Known[];

  const connection = () => server.strapi.db.connection;

  const fill = () =>
    fillManySessions(
      {
        query: (sql, values = []) =>
          connection().raw(sql.replace(/\$(\d)/g, (_, place) => String(values[Number(place) - 1]))),
        settle: async () => void (await connection().raw('vacuum analyze')),
      },
      MILLION,
    );

  const storeKnown = async (): Promise<Known[]> => {
    const now = server.clock.now();
    const endings = {
      live: {},
      ended: { expires_at: now },
      'reuse-detected': { revoked_at: now, revoked_reason: 'reuse-detected' },
    };
    // Spread over the logins of the others.
    const places = conditions.map((_, index) => now - ((index * 7) % 29) * DAY - index);
    const ids = await storeSessions(
      server,
      user.id,
      conditions.map(({ state, device, address }, index) => ({
        ...endings[state],
        ...{ login_at: places[index], device_name: device, ip_address: address },
      })),
    );
    return conditions
      .map((condition, index) => ({
        ...condition,
        id: ids[index] ?? '',
        loginAt: places[index] ?? 0,
      }))
      .sort((one, other) => other.loginAt - one.loginAt);
  };

  beforeAll(async () => {
    server = await startServer();
    admin = await createAdmin(server);
    await fill();
    user = await createUser(server, { username: 'somebody-special' });
    // The sessions were stored by the clock of the database.
    server.clock.advance(Date.now() - server.clock.now());
    known = await storeKnown();
  }, FILL_TIMEOUT);

  afterAll(() => stopWithoutErrors(server));

  /** The plans of the first statements on sessions that a call sends. */
  const plansOf = async (call: () => PromiseLike<unknown>): Promise<string[]> => {
    const sent: { sql: string; bindings: readonly unknown[] }[] = [];
    const note = (query: (typeof sent)[number]) => sent.push(query);
    connection().on('query', note);
    try {
      await call();
    } finally {
      connection().removeListener('query', note);
    }
    const plans: string[] = [];
    const onSessions = sent.filter(({ sql }) => sql.includes('up_sessions'));
    for (const { sql, bindings } of onSessions.slice(0, PLANS)) {
      const plain = `explain ${sql.replace(/\$\d+/g, '?')}`;
      const { rows } = await connection().raw(plain, [...bindings] as string[]);
      plans.push(rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n'));
    }
    return plans;
  };

  const list = async (query: object): Promise<{ id: string; state: string; loginAt: string }[]> =>
    (await getSessions(server, admin, { pageSize: 100, ...query }).expect(200)).body.results;

  const idsIn = async (query: object) => (await list(query)).map(({ id }) => id);

  const far = () => `${server.clock.now() - 20 * DAY}-1`;

  it.each<[string, string, () => object]>([
    ['the newest', LOGIN_ORDER, () => ({})],
    ['an older page', LOGIN_ORDER, () => ({ older: far() })],
    ['a newer page', LOGIN_ORDER, () => ({ newer: far() })],
    ['live ones', LOGIN_ORDER, () => ({ state: 'live' })],
    ['ended ones', LOGIN_ORDER, () => ({ state: 'ended' })],
    ['reuse', 'up_sessions_revoked_reason_index', () => ({ state: 'reuse-detected' })],
    ['a common part of the names of users', LOGIN_ORDER, () => ({ user: 'example.com' })],
    ['a common device', LOGIN_ORDER, () => ({ device: 'chrome on win' })],
    ['a common device, ended', LOGIN_ORDER, () => ({ device: 'chrome on win', state: 'ended' })],
    ['an address', 'up_sessions_ip_address_index', () => ({ address: '203.1.100.23' })],
  ])('lists %s along %s, without a sort', async (_name, index, query) => {
    const [plan, ...others] = await plansOf(() => list({ pageSize: 20, ...query() }));

    expect(others).toEqual([]);
    expect(plan).toMatch(new RegExp(`Index Scan (Backward )?using ${index}`));
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });

  it.each<[string, () => object]>([
    ['by id', () => ({ userId: user.id })],
    ['by documentId', () => ({ userId: user.documentId, state: 'live' })],
    ['by name', () => ({ user: 'somebody-sp' })],
  ])('finds the sessions of one user %s by the index on the user', async (_by, query) => {
    const [plan] = await plansOf(() => list(query()));

    expect(plan).toMatch(new RegExp(`using ${OF_USER}|on ${OF_USER}`));
    expect(plan).not.toMatch(/Seq Scan on up_sessions/);
  });

  it('reads the whole table once for a rare device', async () => {
    const [plan] = await plansOf(() => list({ device: 'lynx' }));

    expect(plan).toMatch(/Seq Scan on up_sessions/);
  });

  it.each<[string, () => object, Partial<Condition>]>([
    ['user', () => ({ user: 'SPECIAL' }), {}],
    ['userId', () => ({ userId: user.id }), {}],
    ['device', () => ({ device: 'plan 9' }), { device: DEVICES[0] }],
    ['address', () => ({ address: ADDRESSES[1] }), { address: ADDRESSES[1] }],
    ...STATES.map((state): [string, () => object, Partial<Condition>] => [
      `user, device and ${state}`,
      () => ({ user: 'special', device: 'chrome', state }),
      { device: DEVICES[1], state },
    ]),
    [
      'all conditions',
      () => ({
        user: 'y-s',
        userId: user.id,
        device: 'lynx',
        address: ADDRESSES[0],
        state: 'live',
      }),
      { device: DEVICES[0], address: ADDRESSES[0], state: 'live' },
    ],
  ])('finds exactly the known sessions by %s', async (_by, query, condition) => {
    const expected = known.filter((session) =>
      Object.entries(condition).every(([name, value]) => session[name as keyof Known] === value),
    );

    expect(expected.length).toBeGreaterThan(0);
    expect(await idsIn(query())).toEqual(expected.map(({ id }) => id));
  });

  it.each(STATES)('finds each known session among all that are %s', async (state) => {
    for (const { id, loginAt } of known.filter((session) => session.state === state)) {
      const page = await list({ state, pageSize: 20, older: `${loginAt}-2147483647` });

      expect(page[0]?.id).toBe(id);
      expect(new Set(page.map((session) => session.state))).toEqual(new Set([state]));
      const times = page.map((session) => session.loginAt);
      expect(times).toEqual([...times].sort().reverse());
    }
  });

  it.each<[string, RegExp, object]>([
    ['a device', new RegExp(LOGIN_ORDER), { device: 'opera on windows' }],
    ['a common part of names', new RegExp(LOGIN_ORDER), { user: 'person12' }],
    ['one user', new RegExp(OF_USER), { user: 'person76543' }],
    ['an address', /up_sessions_ip_address_index/, { address: ADDRESSES[0] }],
  ])(
    'revokes by %s in batches, each along an index',
    async (_by, index, filter) => {
      const plans = await plansOf(async () => {
        const { body } = await postRevoke(server, admin, { filter }).expect(200);
        expect(body.data.revoked).toBeGreaterThan(0);
      });

      const selects = plans.filter((plan) => plan.includes('Limit'));
      const ofBatches = plans.filter((plan) => !plan.includes('Limit'));
      expect(selects.length).toBeGreaterThan(0);
      for (const plan of selects) expect(plan).toMatch(index);
      for (const plan of ofBatches) expect(plan).toMatch(/up_sessions_pkey/);
      for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on up_sessions/);
    },
    REVOCATION_TIMEOUT,
  );

  it(
    'revokes every session but one that begins later',
    async () => {
      // So many take minutes.
      await connection().raw('delete from up_sessions where id % 501 <> 0 and user_id <> ?', [
        user.id,
      ]);
      const [later] = await storeSessions(server, user.id, [{ login_at: server.clock.now() + 1 }]);

      const { body } = await postRevoke(server, admin, { filter: {} }).expect(200);

      expect(body.data.revoked).toBeGreaterThan(1500);
      expect(await idsIn({ state: 'live' })).toEqual([later]);
    },
    REVOCATION_TIMEOUT,
  );
});
