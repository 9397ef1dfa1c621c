import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, type Admin } from '../helpers/admins';
import { createUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const HOUR = 60 * 60 * 1000;

const server = useServer();
let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server, [SESSIONS_READ]);
});

const idsIn = async (query: object): Promise<string[]> => {
  const { body } = await getSessions(server, admin, query).expect(200);
  return body.results.map(({ id }: { id: string }) => id);
};

const stored = (userId: number, rows: readonly Record<string, unknown>[]) =>
  storeSessions(server, userId, rows);

describe('A filter of GET /users-permissions/sessions', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['device', { device_name: 'Lynx on Plan 9' }, ['lynx', ' PLAN 9 ', 'Lynx on Plan 9']],
    ['device', { device_name: '100%_Dillo!' }, ['0%_', '%_d', 'o!']],
    ['address', { ip_address: '2001:db8::abcd' }, ['2001:db8::abcd', ' 2001:DB8::ABCD ']],
  ])('finds by %s: %j', async (field, row, values) => {
    const { id: userId } = await createUser(server);
    const ids = await stored(userId, [row]);
    await stored(userId, [{ device_name: '100 Dillos', ip_address: '2001:db8::abc' }, {}]);

    for (const value of values) {
      expect(await idsIn({ [field]: value }), value).toEqual(ids);
    }
    expect(await idsIn({ [field]: 'nowhere' })).toEqual([]);
  });

  it('finds by part of a user name or of an e-mail address, in any case', async () => {
    const overrides = { username: 'Grace_100%', email: 'hopper!@navy.example' };
    const user = await createUser(server, overrides);
    const ids = await stored(user.id, [{}]);
    await stored((await createUser(server, { username: 'Gracex100' })).id, [{}]);

    for (const value of ['grace_', 'E_100%', '0%', 'HOPPER!@', 'navy.ex']) {
      expect(await idsIn({ user: value }), value).toEqual(ids);
    }
    expect(await idsIn({ user: 'nobody at all' })).toEqual([]);
  });

  it('finds text of any alphabet as it is written', async () => {
    const user = await createUser(server, { username: 'Ärzte Ωmega Жук 李' });
    const ids = await stored(user.id, [{}]);

    for (const value of ['Ärzte', 'Ωmega', 'Жук', '李']) {
      expect(await idsIn({ user: value }), value).toEqual(ids);
    }
  });

  it('finds by the id and the documentId of a user, and nothing by those of nobody', async () => {
    const { id: userId, documentId } = await createUser(server);
    const ids = await stored(userId, [{}]);
    await stored((await createUser(server)).id, [{}]);

    expect(await idsIn({ userId })).toEqual(ids);
    expect(await idsIn({ userId: documentId })).toEqual(ids);
    for (const nobody of ['zzzzzzzzzzzzzzzzzzzzzzzz', '2147483647']) {
      expect(await idsIn({ userId: nobody })).toEqual([]);
    }
  });

  it('finds by state: live, ended in any way but reuse, and ended for reuse', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const revoked = (revoked_reason: string) => ({ revoked_at: now, revoked_reason });
    const rows = [
      { expires_at: now + 1, absolute_expires_at: now + 1 },
      revoked('logout'),
      revoked('user-blocked'),
      revoked('reuse-detected'),
      { expires_at: now },
      { absolute_expires_at: now },
    ];
    // The oldest last.
    const [live, loggedOut, blocked, reused, idle, expired] = await stored(
      userId,
      rows.map((row, index) => ({ ...row, login_at: now + HOUR - index })),
    );

    const inState = (state: string) => idsIn({ state, userId });
    expect(await inState('live')).toEqual([live]);
    expect(await inState('ended')).toEqual([loggedOut, blocked, idle, expired]);
    expect(await inState('reuse-detected')).toEqual([reused]);
    const newestOfAll = async (state: string) => (await idsIn({ state, pageSize: 1 }))[0];
    expect(await newestOfAll('live')).toBe(live);
    expect(await newestOfAll('ended')).toBe(loggedOut);
    expect(await newestOfAll('reuse-detected')).toBe(reused);
  });

  it('finds what all conditions match together', async () => {
    const user = await createUser(server, { username: 'opera-singer' });
    const row = { device_name: 'Opera on Haiku', ip_address: '203.0.113.77' };
    const [match] = await stored(user.id, [row]);
    const now = server.clock.now();
    await stored(user.id, [
      { ...row, device_name: 'Opera on Linux' },
      { ...row, ip_address: '203.0.113.78' },
      { ...row, revoked_at: now, revoked_reason: 'logout' },
    ]);
    await stored((await createUser(server)).id, [row]);
    const filter = { user: 'opera', device: 'haiku', address: '203.0.113.77', state: 'live' };

    expect(await idsIn({ ...filter, userId: user.id })).toEqual([match]);
    expect(await idsIn(filter)).toEqual([match]);
    expect(await idsIn({ ...filter, user: 'soprano' })).toEqual([]);
  });
});
