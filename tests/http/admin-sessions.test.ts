import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, type Admin } from '../helpers/admins';
import { refusal } from '../helpers/responses';
import { claimsOf, createUser, login } from '../helpers/users';
import { useServer } from '../helpers/suite';

const HOUR = 60 * 60 * 1000;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

const server = useServer();
let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server, [SESSIONS_READ]);
});

const list = async (query: object) => (await getSessions(server, admin, query).expect(200)).body;

describe('GET /users-permissions/sessions', () => {
  it('returns what is known of a session and its user', async () => {
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
            documentId: user.documentId,
            username: user.username,
            email: user.email,
          },
          deviceName: 'Safari on iOS',
          userAgent: IPHONE,
          ipAddress: '127.0.0.1',
          impersonatedBy: null,
          loginAt: new Date(now).toISOString(),
          lastUsedAt: new Date(now).toISOString(),
          expiresAt: new Date(now + 48 * HOUR).toISOString(),
          state: 'live',
          endedAt: null,
          reason: null,
        },
      ],
      pagination: { pageSize: 20, newer: null, older: null },
    });
  });

  it('returns the state of each session, and when and why it has ended', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const iso = (time: number) => new Date(time).toISOString();
    const rows = [
      {},
      { revoked_at: now - 5, revoked_reason: 'logout' },
      { revoked_at: now - 6, revoked_reason: 'reuse-detected' },
      { expires_at: now - 7 },
      { expires_at: now - 8, absolute_expires_at: now - 8 },
    ];
    await storeSessions(
      server,
      userId,
      rows.map((row, index) => ({ ...row, login_at: now - index })),
    );

    const { results } = await list({ userId });

    expect(results).toMatchObject([
      { state: 'live', endedAt: null, reason: null },
      { state: 'ended', endedAt: iso(now - 5), reason: 'logout' },
      { state: 'reuse-detected', endedAt: iso(now - 6), reason: 'reuse-detected' },
      { state: 'ended', endedAt: iso(now - 7), reason: 'idle' },
      { state: 'ended', endedAt: iso(now - 8), reason: 'expired' },
    ]);
  });

  it('keeps the sessions of a deleted user', async () => {
    const user = await createUser(server);
    const [id] = await storeSessions(server, user.id, [{}]);
    await server.strapi.db
      .query('plugin::users-permissions.user')
      .delete({ where: { id: user.id } });

    const { results } = await list({ userId: user.id });

    expect(results).toMatchObject([{ id, user: null, state: 'ended', reason: 'user-deleted' }]);
  });

  it.each([
    ['pageSize', 'pageSize=0'],
    ['pageSize', 'pageSize=101'],
    ['pageSize', 'pageSize=1.5'],
    ['pageSize', 'pageSize=1&pageSize=2'],
    ['older', 'older=1'],
    ['older', 'older=1-'],
    ['older', 'older=-1-2'],
    ['older', 'older=1-2-3'],
    ['older', 'older=1-2147483648'],
    ['older', 'older=1e3-1'],
    ['newer', 'newer=1234567890123456-1'],
    ['newer', 'newer[]=1-1'],
    ['newer', 'older=1-1&newer=1-1'],
    ['state', 'state=revoked'],
    ['state', 'state[$ne]=live'],
    ['user', 'user[]=a'],
    ['device', 'device=%20'],
    ['device', `device=${'x'.repeat(101)}`],
    ['address', 'address=a&address=b'],
    ['userId', 'userId=0'],
    ['userId', 'userId=2147483648'],
    ['userId', 'userId=%27--'],
    ['userId', 'userId[id]=1'],
    ['page', 'page=2'],
    ['sort', 'sort=loginAt:asc'],
    ['search', 'search=ada'],
  ])('refuses bad input with 400 and the name of the field, %s: %s', async (field, query) => {
    const { body, status } = await getSessions(server, admin, query);

    expect(status).toBe(400);
    expect(body).toEqual(refusal(400, expect.stringMatching(new RegExp(`^${field}: `))));
  });

  it('ignores the fields that a form has left empty', async () => {
    const empty = 'user=&device=&address=&state=&userId=&pageSize=&older=&newer=';
    await getSessions(server, admin, empty).expect(200);
  });
});
