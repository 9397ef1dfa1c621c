import { beforeAll, describe, expect, it } from 'vitest';
import { createSessionSql } from '../../src/extensions/users-permissions/refresh-tokens/admin/sql-sessions';
import { postRevoke, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, SESSIONS_REVOKE, type Admin } from '../helpers/admins';
import { refusal } from '../helpers/responses';
import {
  claimsOf,
  createUser,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer();
let admin: Admin;

interface Event {
  readonly userId: number;
  readonly sessionId: string;
  readonly reason?: string;
  readonly adminId?: number;
}
const revocations: Event[] = [];

beforeAll(async () => {
  admin = await createAdmin(server, [SESSIONS_READ, SESSIONS_REVOKE]);
  server.strapi.eventHub.on('session.revoked', async (event: Event) => {
    revocations.push(event);
  });
});

const revoke = (body: unknown) => postRevoke(server, admin, body);

const sessionIdOf = ({ accessToken }: ClientTokens) => claimsOf(accessToken).sessionId as string;

const documentIdOf = async ({ id }: TestUser): Promise<string> => {
  const user = await server.strapi.db
    .query('plugin::users-permissions.user')
    .findOne({ where: { id } });
  return user.documentId;
};

const reasonsOf = async (user: Pick<TestUser, 'id'>) =>
  (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);

/** The session is over: neither of its tokens works. */
const expectEnded = async (session: ClientTokens) => {
  await fetchOwnAccount(server, session).expect(401);
  await refresh(server, session).expect(401);
};

describe('POST /users-permissions/sessions/revoke', () => {
  it('ends one session at once, access token included, and no other', async () => {
    const user = await createUser(server);
    const [phone, laptop] = [await login(server, user), await login(server, user)];
    await fetchOwnAccount(server, phone).expect(200);

    const { body } = await revoke({ sessionId: sessionIdOf(phone) }).expect(200);

    expect(body).toEqual({ data: { revoked: 1 } });
    await expectEnded(phone);
    await fetchOwnAccount(server, laptop).expect(200);
    expect(await reasonsOf(user)).toEqual(['revoked-by-admin', null]);
  });

  it.each([
    ['id', async ({ id }: TestUser) => id],
    ['id as text', async ({ id }: TestUser) => String(id)],
    ['documentId', documentIdOf],
  ])('ends every session of a user who is named by %s, and of nobody else', async (_by, nameOf) => {
    const [user, other] = [await createUser(server), await createUser(server)];
    const sessions = [await login(server, user), await login(server, user)];
    const foreign = await login(server, other);

    const { body } = await revoke({ userId: await nameOf(user) }).expect(200);

    expect(body).toEqual({ data: { revoked: 2 } });
    for (const session of sessions) await expectEnded(session);
    await fetchOwnAccount(server, foreign).expect(200);
  });

  it('ends all that match a filter, and counts them before on request', async () => {
    const [user, other] = [await createUser(server), await createUser(server)];
    const agent = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0' };
    const matching = await login(server, user, agent);
    const differentDevice = await login(server, user);
    const differentUser = await login(server, other, agent);
    const filter = { device: 'firefox', userId: user.id };

    const before = await revoke({ filter, dryRun: true }).expect(200);
    expect(before.body).toEqual({ data: { matching: 1, isExact: true } });
    await fetchOwnAccount(server, matching).expect(200);
    const { body } = await revoke({ filter }).expect(200);

    expect(body).toEqual({ data: { revoked: 1 } });
    await expectEnded(matching);
    for (const spared of [differentDevice, differentUser])
      await fetchOwnAccount(server, spared).expect(200);
  });

  it('is recorded with the administrator: event, row and log', async () => {
    const user = await createUser(server);
    const [one, other] = [await login(server, user), await login(server, user)];
    const event = { userId: user.id, deviceName: null, ipAddress: '127.0.0.1' };
    const told = { ...event, reason: 'revoked-by-admin', adminId: admin.id };

    await revoke({ sessionId: sessionIdOf(one) }).expect(200);
    await revoke({ userId: user.id }).expect(200);

    expect(revocations.filter(({ userId }) => userId === user.id)).toEqual(
      [one, other].map((session) => ({ ...told, sessionId: sessionIdOf(session) })),
    );
    expect(await reasonsOf(user)).toEqual(['revoked-by-admin', 'revoked-by-admin']);
    const lines = server.log.filter((line) => line.includes(`by admin ${admin.id}: 1 (`)).slice(-2);
    expect(lines).toEqual([
      expect.stringMatching(`^info: Sessions revoked .*\\(session ${sessionIdOf(one)}\\)`),
      expect.stringMatching(`^info: Sessions revoked .*\\(filter {"userId":${user.id}}\\)`),
    ]);
  });

  it('changes no session that has ended, however it has', async () => {
    const { id } = await createUser(server);
    const now = server.clock.now();
    const ids = await storeSessions(server, id, [
      { revoked_at: now - 5, revoked_reason: 'reuse-detected' },
      { expires_at: now },
      { absolute_expires_at: now },
    ]);
    const before = await storedSessions(server, { id });

    for (const sessionId of ids) {
      expect((await revoke({ sessionId }).expect(200)).body).toEqual({ data: { revoked: 0 } });
      const { body } = await revoke({ sessionId, dryRun: true }).expect(200);
      expect(body).toEqual({ data: { matching: 0, isExact: true } });
    }
    for (const filter of [{}, { state: 'ended' }, { state: 'reuse-detected' }]) {
      const { body } = await revoke({ filter: { userId: id, ...filter } }).expect(200);
      expect(body).toEqual({ data: { revoked: 0 } });
    }

    expect(await storedSessions(server, { id })).toEqual(before);
    expect(revocations.filter(({ userId }) => userId === id)).toEqual([]);
  });

  it('counts each session once when two administrators do the same at once', async () => {
    const { id } = await createUser(server);
    await storeSessions(server, id, Array(30).fill({}));

    const answers = await Promise.all([1, 2, 3].map(() => revoke({ userId: id }).expect(200)));

    const counts = answers.map(({ body }) => body.data.revoked);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(revocations.filter(({ userId }) => userId === id)).toHaveLength(30);
  });

  it('spares a session that has ended since it was found', async () => {
    const user = await createUser(server);
    await login(server, user);
    const at = server.clock.now();
    const sql = createSessionSql(server.strapi.db);
    const page = { side: 'older', limit: 1 } as const;
    const rowIds = (await sql.list({ userId: user.id }, page, at)).map(({ place }) => place.rowId);
    await server.strapi
      .plugin('users-permissions')
      .service('session')
      .revokeAll([user.id], 'logout-all');

    expect(await sql.revokeLive(rowIds, { reason: 'revoked-by-admin', at })).toEqual([]);

    expect(rowIds).toHaveLength(1);
    expect(await reasonsOf(user)).toEqual(['logout-all']);
  });

  it.each<[string, (user: TestUser) => Record<string, unknown>]>([
    ['user', ({ username }) => ({ user: username.toUpperCase() })],
    ['device', () => ({ device: 'konqueror' })],
    ['address', () => ({ address: '198.51.100.7' })],
    ['state', ({ id }) => ({ state: 'live', userId: id })],
    ['userId', ({ id }) => ({ userId: id })],
    [
      'all of them',
      ({ id, email }) => ({
        ...{ user: email, device: 'KDE', address: '198.51.100.7', state: 'live', userId: id },
      }),
    ],
  ])('ends by %s what matches, and spares a bystander', async (_name, filterOf) => {
    const [user, bystander] = [await createUser(server), await createUser(server)];
    const row = { device_name: 'Konqueror on KDE', ip_address: '198.51.100.7' };
    await storeSessions(server, user.id, [row]);
    await storeSessions(server, bystander.id, [{}]);
    const filter = filterOf(user);

    const { body: before } = await revoke({ filter, dryRun: true }).expect(200);
    const { body } = await revoke({ filter }).expect(200);

    expect(before).toEqual({ data: { matching: 1, isExact: true } });
    expect(body).toEqual({ data: { revoked: 1 } });
    expect(await reasonsOf(user)).toEqual(['revoked-by-admin']);
    expect(await reasonsOf(bystander)).toEqual([null]);
  });

  it('goes through any number in batches, also where many began at one moment', async () => {
    const { id } = await createUser(server);
    const moment = server.clock.now() - 1000;
    await storeSessions(server, id, Array(600).fill({ login_at: moment }));
    await storeSessions(server, id, Array(501).fill({}));

    const { body } = await revoke({ userId: id }).expect(200);

    expect(body).toEqual({ data: { revoked: 1101 } });
    expect(new Set(await reasonsOf({ id }))).toEqual(new Set(['revoked-by-admin']));
  });

  it('spares a login that comes after the request', async () => {
    const { id } = await createUser(server);
    const now = server.clock.now();
    await storeSessions(server, id, [{ login_at: now }, { login_at: now + 1 }]);

    const { body } = await revoke({ userId: id }).expect(200);

    expect(body).toEqual({ data: { revoked: 1 } });
    expect(await reasonsOf({ id })).toEqual(['revoked-by-admin', null]);
  });

  it('counts up to 10,000 before', async () => {
    const row = { device_name: 'Crawler on Mainframe' };
    await storeSessions(server, 0, Array(10_001).fill(row));
    const filter = { device: 'mainframe' };

    const { body } = await revoke({ filter, dryRun: true }).expect(200);

    expect(body).toEqual({ data: { matching: 10_000, isExact: false } });
  });
});

describe('Bad input to a revocation', () => {
  it.each([
    ['sessionId', { sessionId: 7 }],
    ['userId', { userId: 0 }],
    ['userId', { userId: 1.5 }],
    ['userId', { userId: { $gt: 0 } }],
    ['userId', { userId: [1] }],
    ['filter', { filter: null }],
    ['filter', { filter: 'all' }],
    ['filter.user', { filter: { user: '' } }],
    ['filter.user', { filter: { user: 1 } }],
    ['filter.device', { filter: { device: '  ' } }],
    ['filter.address', { filter: { address: ['203.0.113.7'] } }],
    ['filter.state', { filter: { state: 'all' } }],
    ['filter.userId', { filter: { userId: -1 } }],
    ['filter.search', { filter: { search: 'ada' } }],
    ['filter.older', { filter: { older: '1-1' } }],
    ['dryRun', { filter: {}, dryRun: 'yes' }],
    ['dryrun', { filter: {}, dryrun: true }],
    ['body', {}],
    ['body', { dryRun: true }],
    ['body', { userId: 1, filter: {} }],
    ['body', { sessionId: 'x', userId: 1 }],
    ['body', []],
  ])('is refused with 400 and the name of the field, %s: %j', async (field, input) => {
    const { body, status } = await revoke(input);

    expect(status).toBe(400);
    const beginning = `${field}: `.replace('.', String.raw`\.`);
    expect(body).toEqual(refusal(400, expect.stringMatching(new RegExp(`^${beginning}`))));
  });

  it.each(['AAAAAAAAAAAAAAAAAAAAAA', '1', '', "' OR 1=1 --", 'x'.repeat(10_000)])(
    'is refused with 404 where no session has this id: %j',
    async (sessionId) => {
      for (const dryRun of [false, true]) {
        const { body, status } = await revoke({ sessionId, dryRun });
        expect(status).toBe(404);
        expect(body).toEqual(refusal(404, 'Session not found'));
      }
    },
  );
});
