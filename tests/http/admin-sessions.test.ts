import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, SESSIONS_REVOKE, type Admin } from '../helpers/admins';
import { refusal } from '../helpers/responses';
import { claimsOf, createUser, login } from '../helpers/users';
import { useServer } from '../helpers/suite';

const HOUR = 60 * 60 * 1000;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

const server = useServer();
let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server, [SESSIONS_READ, SESSIONS_REVOKE]);
});

const list = async (query: object = {}) =>
  (await getSessions(server, admin, query).expect(200)).body;

const idsOf = ({ results }: { results: { id: string }[] }) => results.map(({ id }) => id);

const stored = (userId: number, rows: readonly Record<string, unknown>[]) =>
  storeSessions(server, userId, rows);

describe('GET /users-permissions/sessions', () => {
  it('tells what there is to know of a session and its user', async () => {
    const user = await createUser(server);
    const session = await login(server, user, { 'User-Agent': IPHONE });
    const now = server.clock.now();

    const body = await list({ userId: user.id });

    expect(body).toEqual({
      results: [
        {
          id: claimsOf(session.accessToken).sessionId,
          user: {
            id: user.id,
            documentId: expect.stringMatching(/^[a-z0-9]{24}$/),
            username: user.username,
            email: user.email,
          },
          deviceName: 'Safari on iOS',
          userAgent: IPHONE,
          ipAddress: '127.0.0.1',
          loginAt: new Date(now).toISOString(),
          lastUsedAt: new Date(now).toISOString(),
          expiresAt: new Date(now + 48 * HOUR).toISOString(),
          state: 'live',
          endedAt: null,
          reason: null,
        },
      ],
      pagination: { page: 1, pageSize: 20, pageCount: 1, total: 1, isTotalExact: true },
    });
  });

  it('has the newest login first, and the other orders on request', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const [first, second, third] = await stored(userId, [
      { login_at: now - 3 * HOUR, rotated_at: now - 1, expires_at: now + 2 * HOUR },
      { login_at: now - 2 * HOUR, rotated_at: now - 3, expires_at: now + 3 * HOUR },
      { login_at: now - HOUR, rotated_at: now - 2, expires_at: now + HOUR },
    ]);

    expect(idsOf(await list({ userId }))).toEqual([third, second, first]);
    for (const [sort, ids] of [
      ['loginAt:asc', [first, second, third]],
      ['lastUsedAt:desc', [first, third, second]],
      ['expiresAt:asc', [third, first, second]],
    ]) {
      expect(idsOf(await list({ userId, sort })), String(sort)).toEqual(ids);
    }
  });

  it('comes in pages, each session on one of them, also where many began at the same moment', async () => {
    const { id: userId } = await createUser(server);
    const ids = await stored(userId, Array(7).fill({ login_at: server.clock.now() }));

    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => list({ userId, page, pageSize: 3 })),
    );

    expect(pages.map(({ results }) => results.length)).toEqual([3, 3, 1, 0]);
    expect(pages.flatMap(idsOf)).toEqual(ids.toReversed());
    expect(pages[3].pagination).toEqual({
      ...{ page: 4, pageSize: 3, pageCount: 3, total: 7, isTotalExact: true },
    });
  });

  it('says how each session stands, and filters by it', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const iso = (time: number) => new Date(time).toISOString();
    const [live, loggedOut, stolen, idle, expired] = await stored(userId, [
      {},
      { revoked_at: now - 5, revoked_reason: 'logout' },
      { revoked_at: now - 6, revoked_reason: 'reuse-detected' },
      { expires_at: now - 7 },
      { expires_at: now - 8, absolute_expires_at: now - 8 },
    ]);

    const { results } = await list({ userId });

    const standings = results.map((row: Record<string, unknown>) => [
      row.id,
      ...[row.state, row.endedAt, row.reason],
    ]);
    expect(standings).toHaveLength(5);
    expect(standings).toEqual(
      expect.arrayContaining([
        [live, 'live', null, null],
        [loggedOut, 'ended', iso(now - 5), 'logout'],
        [stolen, 'reuse-detected', iso(now - 6), 'reuse-detected'],
        [idle, 'ended', iso(now - 7), 'idle'],
        [expired, 'ended', iso(now - 8), 'expired'],
      ]),
    );
    for (const filter of [{ userId }, { userId, search: 'example.com' }]) {
      const inState = async (state: string) => idsOf(await list({ ...filter, state })).sort();
      expect(await inState('live')).toEqual([live]);
      expect(await inState('reuse-detected')).toEqual([stolen]);
      expect(await inState('ended')).toEqual([loggedOut, idle, expired].sort());
    }
  });

  it('filters the sessions of everybody by state', async () => {
    const now = server.clock.now() + 1000 * HOUR;
    const reasons = ['logout', 'user-blocked', 'revoked-by-admin'];
    const rows = reasons.map((revoked_reason, index) => ({
      ...{ login_at: now - index, revoked_at: now, revoked_reason },
    }));
    const [loggedOut, blocked, byAdmin] = await stored(0, rows);
    const [live, idle, stolen] = await stored(0, [
      { login_at: now - 10, expires_at: now + HOUR, absolute_expires_at: now + HOUR },
      { login_at: now - 11, expires_at: now - 1 },
      { login_at: now - 12, revoked_at: now, revoked_reason: 'reuse-detected' },
    ]);
    server.clock.advance(1000 * HOUR);

    const newest = async (state: string) => idsOf(await list({ state, pageSize: 4 }));

    expect(await newest('live')).toEqual([live]);
    expect(await newest('ended')).toEqual([loggedOut, blocked, byAdmin, idle]);
    expect((await newest('reuse-detected'))[0]).toBe(stolen);
    expect(idsOf(await list({ state: 'ended', sort: 'loginAt:asc' }))).not.toContain(live);
  });

  it('finds a user by id and by documentId, and nobody by one that is none', async () => {
    const user = await createUser(server);
    const ids = await stored(user.id, [{}]);
    await stored((await createUser(server)).id, [{}]);
    const { results } = await list({ userId: user.id });

    const byDocument = await list({ userId: results[0].user.documentId });

    expect(idsOf({ results })).toEqual(ids);
    expect(idsOf(byDocument)).toEqual(ids);
    for (const userId of ['zzzzzzzzzzzzzzzzzzzzzzzz', '2147483647']) {
      expect((await list({ userId })).results).toEqual([]);
    }
  });

  it('keeps the sessions of a user who is gone', async () => {
    const user = await createUser(server);
    const [id] = await stored(user.id, [{}]);
    await server.strapi.db
      .query('plugin::users-permissions.user')
      .delete({ where: { id: user.id } });

    const { results } = await list({ userId: user.id });

    expect(results).toMatchObject([{ id, user: null, state: 'ended', reason: 'user-deleted' }]);
  });
});

describe('search', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['a device', { device_name: 'Lynx on Plan 9' }, ['lynx', 'PLAN 9', 'Lynx on Plan 9']],
    ['an address', { ip_address: '2001:db8::abcd' }, ['2001:db8::abcd', ' 2001:DB8::ABCD ']],
  ])('finds %s', async (_what, row, searches) => {
    const { id: userId } = await createUser(server);
    const ids = await stored(userId, [row]);
    await stored(userId, [{ device_name: 'Chrome on Windows', ip_address: '2001:db8::abc' }]);

    for (const search of searches) {
      expect(idsOf(await list({ search })), search).toEqual(ids);
      expect(idsOf(await list({ search, userId })), search).toEqual(ids);
      expect(idsOf(await list({ search, state: 'live' })), search).toEqual(ids);
      expect(idsOf(await list({ search, state: 'ended' })), search).toEqual([]);
    }
  });

  it('finds a part of a user name and of an e-mail address, in any case', async () => {
    const overrides = { username: 'Grace_100%', email: 'hopper!@navy.example' };
    const user = await createUser(server, overrides);
    const ids = await stored(user.id, [{}]);
    await stored((await createUser(server, { username: 'Gracex100' })).id, [{}]);

    for (const search of ['grace_', 'E_100%', '0%', 'HOPPER!@', 'navy.ex']) {
      expect(idsOf(await list({ search })), search).toEqual(ids);
    }
    expect(idsOf(await list({ search: 'nobody at all' }))).toEqual([]);
  });

  it('has a session once that is found in two ways', async () => {
    const user = await createUser(server, { username: 'opera-singer' });
    const [twice] = await stored(user.id, [{ device_name: 'Opera on Haiku' }]);
    const [other] = await stored(0, [{ device_name: 'Opera on Haiku' }]);

    const { results, pagination } = await list({ search: 'opera', sort: 'loginAt:asc' });

    expect(idsOf({ results }).sort()).toEqual([twice, other].sort());
    expect(pagination.total).toBe(2);
  });
});

describe('a list of more than 10,000', () => {
  const search = 'Crawler on Mainframe';

  beforeAll(async () => {
    await stored(0, Array(10_001).fill({ device_name: search, login_at: 0 }));
  });

  it('is counted up to 10,000, and says so', async () => {
    const { results, pagination } = await list({ search, page: 100, pageSize: 100 });

    expect(results).toHaveLength(100);
    expect(pagination).toEqual({
      ...{ page: 100, pageSize: 100, pageCount: 100, total: 10_000, isTotalExact: false },
    });
  });

  it('cannot be paged through any further', async () => {
    const { body } = await getSessions(server, admin, { search, page: 101, pageSize: 100 });
    expect(body).toEqual(
      refusal(400, 'page: must not lead beyond 10000 sessions: narrow the filter'),
    );
  });
});

describe('bad input to the list', () => {
  it.each([
    ['page', 'page=0'],
    ['page', 'page=x'],
    ['page', 'page=1&page=2'],
    ['pageSize', 'pageSize=101'],
    ['pageSize', 'pageSize=-1'],
    ['sort', 'sort=loginAt'],
    ['sort', 'sort=password:asc'],
    ['sort', 'sort=lastUsedAt:asc'],
    ['sort', 'sort=expiresAt:desc&state=live'],
    ['state', 'state=revoked'],
    ['state', 'state[$ne]=live'],
    ['search', 'search=%00'],
    ['search', 'search[]=a'],
    ['search', `search=${'x'.repeat(101)}`],
    ['userId', 'userId=0'],
    ['userId', 'userId=2147483648'],
    ['userId', 'userId=%27--'],
    ['userId', 'userId[id]=1'],
    ['states', 'states=live'],
  ])('is a 400 that names %s: %s', async (field, query) => {
    const { body, status } = await getSessions(server, admin, query);

    expect(status).toBe(400);
    expect(body).toEqual(refusal(400, expect.stringMatching(new RegExp(`^${field}: `))));
  });

  it('is not a field that a form has left empty', async () => {
    await getSessions(server, admin, 'search=&state=&userId=&sort=&page=&pageSize=').expect(200);
  });
});
