import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { earlierTokensOfStrapi, earlierTokensOfTutorial } from '../helpers/earlier-tokens';
import { MISSING_TABLE, withoutTable } from '../helpers/faults';
import { forgeToken } from '../helpers/forge';
import { freshRefreshCookie, cookiesSetBy, INVALID_REFRESH_TOKEN } from '../helpers/responses';
import { useServer } from '../helpers/suite';
import {
  bearer,
  claimsOf,
  createUser,
  fetchOwnAccount,
  login,
  PASSWORD,
  refresh,
  refreshByBody,
  storedSessions,
  tokensFrom,
  updateUserWithoutHooks,
  type TestUser,
} from '../helpers/users';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const USER = 'plugin::users-permissions.user';
const FOREIGN = { Origin: 'https://evil.example' };
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const secrets = { JWT_SECRET: '', REFRESH_SECRET: '', before: '' };
for (const name of Object.keys(secrets) as (keyof typeof secrets)[]) {
  secrets[name] = randomBytes(32).toString('base64url');
}

const server = useServer({
  ADOPT_SESSIONS_UNTIL: new Date(Date.now() + 60 * DAY).toISOString().slice(0, 10),
  JWT_SECRET: secrets.JWT_SECRET,
  // That of the tutorial is no longer the one that signs.
  REFRESH_SECRET: `${secrets.REFRESH_SECRET},${secrets.before}`,
});

const inCookie = (token: string) => ({ cookie: `refreshToken=${token}` });

/** Returns the rows of Strapi's own table for the tokens of a user. */
const rowsInStrapi = ({ id }: TestUser) =>
  server.strapi.db
    .query('admin::session')
    .findMany({ where: { userId: String(id), origin: 'users-permissions' } });

const expectRefused = async (token: string): Promise<void> => {
  const { body } = await refreshByBody(server, token).expect(401);
  expect(body).toEqual(INVALID_REFRESH_TOKEN);
};

const logout = (token: string, body: object = {}) =>
  server
    .request()
    .post('/api/auth/logout')
    .send({ refreshToken: token, ...body });

/** All session events, in their order. */
const events: { name: string; userId: number; reason?: string }[] = [];
beforeAll(() => {
  server.strapi.eventHub.subscribe(async (name, ...[event]) => {
    if (name.startsWith('session.')) events.push({ ...event, name });
  });
});
const eventsOf = ({ id }: TestUser) =>
  events.filter(({ userId }) => userId === id).map(({ name }) => name);

const STRAPI = earlierTokensOfStrapi(server);
const TUTORIAL = earlierTokensOfTutorial(server, secrets.before);

describe.each([STRAPI, TUTORIAL])('A refresh token of $name', (earlier) => {
  const create = async (overrides: Record<string, unknown> = {}) => {
    const user = await createUser(server, overrides);
    return { user, token: await earlier.issue(user) };
  };

  it('in a cookie is exchanged for a session that goes on', async () => {
    const { user, token } = await create();

    const response = await refresh(server, inCookie(token)).set('User-Agent', FIREFOX);

    expect(response.status).toBe(200);
    expect(response.body).toEqual({ jwt: expect.any(String) });
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie((2 * DAY) / SECOND));
    const tokens = tokensFrom(response);
    const { body: account } = await fetchOwnAccount(server, tokens).expect(200);
    expect(account).toMatchObject({ id: user.id });
    const { body: list } = await server
      .request()
      .get('/api/auth/sessions')
      .set(bearer(tokens))
      .expect(200);
    expect(list.data).toMatchObject([{ current: true, deviceName: 'Firefox on Linux' }]);
    expect(eventsOf(user)).toEqual(['session.created']);
    expect(await rowsInStrapi(user)).toEqual([]);

    server.clock.advance(DAY);
    const next = tokensFrom(await refresh(server, tokens).expect(200));
    await fetchOwnAccount(server, next).expect(200);
    expect(await storedSessions(server, user)).toHaveLength(1);
  });

  it('in a body is exchanged for one in the body', async () => {
    const { user, token } = await create();

    const response = await refreshByBody(server, token).expect(200);

    expect(response.body).toEqual({ jwt: expect.any(String), refreshToken: expect.any(String) });
    expect(cookiesSetBy(response)).toEqual([]);
    await refreshByBody(server, response.body.refreshToken).expect(200);
    expect(await storedSessions(server, user)).toHaveLength(1);
  });

  it('is exchanged for one session when several tabs send it at once, and again within the leeway', async () => {
    const { user, token } = await create();
    // All have read that the token is unused before the first one uses it.
    let arrived = 0;
    const gate = new EventEmitter();
    const opened = once(gate, 'open');
    const unsubscribe = server.strapi.db.lifecycles.subscribe({
      models: ['admin::session'],
      async afterFindMany() {
        arrived += 1;
        if (arrived === 6) gate.emit('open');
        await opened;
      },
    });

    const responses = await Promise.all(
      Array.from({ length: 6 }, () => refreshByBody(server, token)),
    );
    unsubscribe();
    server.clock.advance(9 * SECOND);
    responses.push(await refreshByBody(server, token));

    expect(responses.map(({ status }) => status)).toEqual(Array(7).fill(200));
    expect(new Set(responses.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(await storedSessions(server, user)).toMatchObject([{ revokedAt: null }]);
    expect(eventsOf(user)).toEqual(['session.created']);
  });

  it('that is used again after the leeway ends the session: one of the two is a thief', async () => {
    const { user, token } = await create();
    const owner = tokensFrom(await refreshByBody(server, token).expect(200));
    const logged = server.log.length;

    server.clock.advance(11 * SECOND);
    await expectRefused(token);

    expect(await storedSessions(server, user)).toMatchObject([{ revokedReason: 'reuse-detected' }]);
    await fetchOwnAccount(server, owner).expect(401);
    await expectRefused(owner.refreshToken);
    await vi.waitFor(() => expect(eventsOf(user)).toContain('session.reuse-detected'));
    expect(server.log.slice(logged).join('\n')).toContain('Refresh token reused: ');
  });

  it('is found out also when its session has rotated since', async () => {
    const { user, token } = await create();
    const owner = tokensFrom(await refreshByBody(server, token).expect(200));
    server.clock.advance(11 * SECOND);
    await refreshByBody(server, owner.refreshToken).expect(200);

    await expectRefused(token);

    expect(await storedSessions(server, user)).toMatchObject([
      { generation: 2, revokedReason: 'reuse-detected' },
    ]);
  });

  it('is exchanged again for a retry with the same Idempotency-Key, however late', async () => {
    const { token } = await create();
    const key = { 'Idempotency-Key': randomBytes(16).toString('hex') };
    const first = await refreshByBody(server, token).set(key).expect(200);

    server.clock.advance(DAY);
    const retry = await refreshByBody(server, token).set(key).expect(200);

    expect(retry.body.refreshToken).toBe(first.body.refreshToken);
  });

  it('is refused when it has expired', async () => {
    const { user, token } = await create();

    server.clock.advance(15 * DAY);
    await expectRefused(token);

    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('is refused with another secret, or changed', async () => {
    const { user, token } = await create();
    const [header, , signature] = token.split('.');
    const claims = claimsOf(token);
    const other = await createUser(server);
    const changed = {
      ...claims,
      ...('id' in claims ? { id: other.id } : { userId: `${other.id}` }),
    };
    const payload = Buffer.from(JSON.stringify(changed)).toString('base64url');

    await expectRefused(`${header}.${payload}.${signature}`);
    await expectRefused(forgeToken({ payload: claims, secret: randomBytes(32).toString('hex') }));
    // Each kind has a secret of its own.
    const swapped = earlier === STRAPI ? secrets.before : secrets.JWT_SECRET;
    await expectRefused(forgeToken({ payload: claims, secret: swapped }));

    expect(await storedSessions(server, user)).toEqual([]);
    await refreshByBody(server, token).expect(200);
  });

  it.each([
    ['blocked', { blocked: true }, 'account-blocked', { blocked: false }],
    ['without a role', { role: null }, 'account-without-role', null],
  ])(
    'of an account %s is refused like any other refresh token',
    async (_name, state, code, mend) => {
      const { user, token } = await create(state);

      const { body } = await refreshByBody(server, token).expect(400);

      expect(body.error.details).toEqual({ code });
      expect(await storedSessions(server, user)).toEqual([]);
      if (!mend) return;
      await updateUserWithoutHooks(server, user, mend);
      await refreshByBody(server, token).expect(200);
    },
  );

  it('of a deleted account is refused', async () => {
    const { user, token } = await create();
    await server.strapi.db.query(USER).delete({ where: { id: user.id } });

    await expectRefused(token);
  });

  const waysToEndAll: [string, (user: TestUser) => Promise<unknown>][] = [
    [
      'a new password',
      ({ id }) =>
        server.strapi.db.query(USER).update({ where: { id }, data: { password: 'new-horse' } }),
    ],
    [
      'a block that is undone',
      async ({ id }) => {
        await server.strapi.db.query(USER).update({ where: { id }, data: { blocked: true } });
        await server.strapi.db.query(USER).update({ where: { id }, data: { blocked: false } });
      },
    ],
    [
      'a logout of all devices',
      async (user) =>
        logout((await login(server, user)).refreshToken, { scope: 'all' }).expect(200),
    ],
    [
      'the end of all other sessions',
      async (user) =>
        server
          .request()
          .delete('/api/auth/sessions')
          .set(bearer(await login(server, user)))
          .expect(200),
    ],
  ];

  it.each(waysToEndAll)('is ended by %s, as a session is', async (_name, endAll) => {
    const { user, token } = await create();
    await endAll(user);
    const before = await storedSessions(server, user);

    await expectRefused(token);

    expect(await storedSessions(server, user)).toEqual(before);
  });

  it('is not exchanged when the password changes meanwhile', async () => {
    const { user, token } = await create();
    // After its password was read, and before the session is stored.
    const unsubscribe = server.strapi.db.lifecycles.subscribe({
      models: ['admin::session'],
      beforeFindMany: () => updateUserWithoutHooks(server, user, { password: 'another hash' }),
    });

    try {
      await expectRefused(token);
    } finally {
      unsubscribe();
    }

    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('is ended by its logout', async () => {
    const { user, token } = await create();

    const { body } = await logout(token).expect(200);

    expect(body).toEqual({ ok: true });
    await expectRefused(token);
    expect(await storedSessions(server, user)).toMatchObject([{ revokedReason: 'logout' }]);
  });

  it('logs out all devices', async () => {
    const { user, token } = await create();
    const other = await login(server, user);

    await logout(token, { scope: 'all' }).expect(200);

    await fetchOwnAccount(server, other).expect(401);
    await expectRefused(token);
  });

  it('is ended by its logout while the account is blocked', async () => {
    const { user, token } = await create({ blocked: true });

    await logout(token).expect(200);

    await updateUserWithoutHooks(server, user, { blocked: false });
    await expectRefused(token);
  });

  it('is ended by a login of its browser', async () => {
    const { user, token } = await create();
    const credentials = { identifier: user.username, password: PASSWORD };

    await server
      .request()
      .post('/api/auth/local')
      .set('Cookie', inCookie(token).cookie)
      .send(credentials)
      .expect(200);

    await expectRefused(token);
    expect(await storedSessions(server, user)).toMatchObject([
      { revokedReason: null },
      { revokedReason: 'replaced' },
    ]);
  });

  it('gives way to a token of ours beside it', async () => {
    const { user, token } = await create();
    const device = await login(server, user);

    await refresh(server, { cookie: `refreshToken=${token}; ${device.cookie}` }).expect(200);

    expect(await storedSessions(server, user)).toMatchObject([{ generation: 1 }]);
  });

  it('in a cookie from another site is refused, and not used up', async () => {
    const { user, token } = await create();

    await refresh(server, inCookie(token)).set(FOREIGN).expect(403);

    expect(await storedSessions(server, user)).toEqual([]);
    await refresh(server, inCookie(token)).expect(200);
  });

  it('stays used when its session has been purged', async () => {
    const { user, token } = await create();
    const { body } = await refreshByBody(server, token).expect(200);
    await logout(body.refreshToken).expect(200);
    server.clock.advance(2 * DAY);
    await server.strapi.plugin('users-permissions').service('session').purge();
    expect(await storedSessions(server, user)).toEqual([]);

    await expectRefused(token);

    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('can be sent again when it could not be ended', async () => {
    const { user, token } = await create();
    const fail = () => Promise.reject(new Error('a fault at the end'));
    const unsubscribe = server.strapi.db.lifecycles.subscribe({
      models: ['admin::session'],
      beforeCreateMany: fail,
      beforeDeleteMany: fail,
    });

    await server.expectErrors(/a fault at the end/, () => refreshByBody(server, token).expect(500));
    unsubscribe();

    expect(await storedSessions(server, user)).toEqual([]);
    await refreshByBody(server, token).expect(200);
  });

  it.each(['up_sessions', 'strapi_sessions'])(
    'can be sent again after a fault of the table %s',
    async (table) => {
      const { token } = await create();

      await server.expectErrors(MISSING_TABLE, () =>
        withoutTable(server, table, () => refresh(server, inCookie(token)).expect(500)),
      );

      await refresh(server, inCookie(token)).expect(200);
    },
  );
});
