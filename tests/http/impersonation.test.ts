import { describe, expect, it } from 'vitest';
import { getSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ } from '../helpers/admins';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { cookiesSetBy } from '../helpers/responses';
import { useServer } from '../helpers/suite';
import {
  bearer,
  claimsOf,
  COOKIE_TRANSPORT,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  type TestUser,
} from '../helpers/users';

const CLIENT = 'https://app.example';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface ListedSession {
  readonly impersonatedBy: string | null;
}

/** Starts a session for whatever id and with whatever options the body has. */
const server = useServer(
  { CLIENT_ORIGINS: CLIENT, SESSION_LIMIT: '3' },
  compiledCopyWith({
    'src/index.js': `
      module.exports = {
        register({ strapi }) {
          strapi.server.routes([
            {
              method: 'POST',
              path: '/api/impersonations',
              config: { auth: false },
              handler(ctx) {
                const { id, options } = ctx.request.body;
                return strapi.plugin('users-permissions').service('session').login(ctx, id, options);
              },
            },
          ]);
        },
      };`,
  }),
);

const post = (body: object, headers: Record<string, string> = {}) =>
  server.request().post('/api/impersonations').set(headers).send(body);

const impersonate = ({ id }: TestUser, options: object = {}, headers = {}) =>
  post({ id, options: { impersonatedBy: 'Kim of support', ...options } }, headers);

const liveSessions = async (user: TestUser) =>
  (await storedSessions(server, user)).filter(({ revokedAt }) => revokedAt === null);

describe("service('session').login with options", () => {
  it('ends the session after its lifetime, whatever is refreshed', async () => {
    const user = await createUser(server);
    const response = await impersonate(user, { lifetime: 15 * MINUTE }).expect(200);

    server.clock.advance(14 * MINUTE);
    const refreshed = await refreshByBody(server, response.body.refreshToken).expect(200);

    const { exp } = claimsOf(refreshed.body.jwt);
    expect(Number(exp) * 1000).toBeLessThanOrEqual(server.clock.now() + MINUTE);
    server.clock.advance(MINUTE);
    await refreshByBody(server, refreshed.body.refreshToken).expect(401);
    await fetchOwnAccount(server, { accessToken: refreshed.body.jwt }).expect(401);
  });

  it('takes no lifetime that is longer than the settings say', async () => {
    const user = await createUser(server);

    await impersonate(user, { lifetime: 1000 * DAY }).expect(200);

    const [{ loginAt, absoluteExpiresAt } = {}] = await storedSessions(server, user);
    expect(Number(absoluteExpiresAt) - Number(loginAt)).toBe(30 * DAY);
  });

  it('shows an impersonation to the user, to administrators and in its events', async () => {
    const user = await createUser(server);
    const own = await login(server, user);
    const events: unknown[] = [];
    const listener = async (event: object) => void events.push(event);
    for (const name of ['session.created', 'session.revoked']) {
      server.strapi.eventHub.on(name, listener);
    }
    const admin = await createAdmin(server, [SESSIONS_READ]);

    const response = await impersonate(user).expect(200);

    const listed = await server.request().get('/api/auth/sessions').set(bearer(own)).expect(200);
    expect(listed.body.data.map((one: ListedSession) => one.impersonatedBy)).toEqual([
      null,
      'Kim of support',
    ]);
    const shown = await getSessions(server, admin, { userId: user.id }).expect(200);
    expect(shown.body.results.map((one: ListedSession) => one.impersonatedBy)).toEqual([
      'Kim of support',
      null,
    ]);
    const { sessionId } = claimsOf(response.body.jwt);
    await server.request().delete(`/api/auth/sessions/${sessionId}`).set(bearer(own)).expect(200);
    await fetchOwnAccount(server, { accessToken: response.body.jwt }).expect(401);
    for (const name of ['session.created', 'session.revoked']) {
      server.strapi.eventHub.off(name, listener);
    }
    expect(events).toMatchObject([
      { sessionId, impersonatedBy: 'Kim of support' },
      { sessionId, impersonatedBy: 'Kim of support', reason: 'revoked-by-user' },
    ]);
  });

  it('keeps the mark of an impersonation when it is refreshed', async () => {
    const user = await createUser(server);
    const { body } = await impersonate(user).expect(200);

    server.clock.advance(MINUTE);
    await refreshByBody(server, body.refreshToken).expect(200);

    expect(await storedSessions(server, user)).toMatchObject([
      { generation: 1, impersonatedBy: 'Kim of support' },
    ]);
  });

  it('leaves the cookie and the sessions of the one who impersonates alone', async () => {
    const [user, support] = [await createUser(server), await createUser(server)];
    const own = await login(server, support);

    const response = await impersonate(
      user,
      {},
      { Cookie: own.cookie, Origin: CLIENT, ...COOKIE_TRANSPORT },
    ).expect(200);

    expect(cookiesSetBy(response)).toEqual([]);
    expect(response.headers['cache-control']).toBe('no-store');
    await refresh(server, own).expect(200);
  });

  it('does not count an impersonation in SESSION_LIMIT', async () => {
    const user = await createUser(server);
    for (let count = 0; count < 3; count += 1) await login(server, user);

    await impersonate(user).expect(200);
    await impersonate(user).expect(200);

    expect(await liveSessions(user)).toHaveLength(5);
    await login(server, user);
    const live = await liveSessions(user);
    expect(live.filter(({ impersonatedBy }) => impersonatedBy === null)).toHaveLength(3);
    expect(live).toHaveLength(5);
  });

  it('takes no mark from a client', async () => {
    const user = await createUser(server);

    await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: user.username, password: user.password, impersonatedBy: 'Kim' })
      .expect(200);
    await post({ id: user.id, impersonatedBy: 'Kim' }).expect(200);

    const marks = (await storedSessions(server, user)).map(({ impersonatedBy }) => impersonatedBy);
    expect(marks).toEqual([null, null]);
  });

  it.each([
    { impersonatedBy: null },
    { impersonatedBy: ' ' },
    { impersonatedBy: 7 },
    { impersonatedBy: 'x'.repeat(256) },
    { impersonatedby: 'Kim' },
    { lifetime: 0 },
    { lifetime: '15m' },
  ])('starts no session with the options %j', async (options) => {
    const user = await createUser(server);

    await server.expectErrors(/Options of a login/, async () => {
      await post({ id: user.id, options }).expect(500);
    });
    expect(await storedSessions(server, user)).toEqual([]);
  });
});
