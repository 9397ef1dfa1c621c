import { describe, expect, it } from 'vitest';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { withPluginSettings } from '../helpers/plugin-settings';
import {
  cookiesSetBy,
  freshRefreshCookie,
  INTERNAL_SERVER_ERROR,
  refusal,
} from '../helpers/responses';
import { useServer } from '../helpers/suite';
import {
  BODY_TRANSPORT,
  claimsOf,
  cookieOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  tokensFrom,
  updateUserWithoutHooks,
  type TestUser,
} from '../helpers/users';

const CLIENT = 'https://app.example';
const HOUR = 3600;

/** Logins of a project, which believe whatever id they get. `/api/codes` also counts its calls. */
const server = useServer(
  { CLIENT_ORIGINS: CLIENT, SESSION_LIMIT: '3', BROWSER_SESSION_EXPIRES: '1h' },
  compiledCopyWith({
    'src/extensions/users-permissions/strapi-server.js': `
      const { refreshTokens } = require('./refresh-tokens');
      module.exports = (plugin) =>
        refreshTokens(plugin, { accessTokenClaims: () => ({ tenant: 'main' }) });`,
    'src/index.js': `
      module.exports = {
        register({ strapi }) {
          const service = (name) => strapi.plugin('users-permissions').service(name);
          const middlewares = ['plugin::users-permissions.withSession'];
          strapi.callsOfHandler = 0;
          strapi.server.routes([
            {
              method: 'POST',
              path: '/api/codes',
              config: { auth: false, middlewares },
              handler(ctx) {
                strapi.callsOfHandler += 1;
                const { id, jwt, answer } = ctx.request.body;
                if (answer === 'refuse') return ctx.badRequest('Wrong code', { attempts: 1 });
                if (answer === 'error') {
                  ctx.status = 402;
                  ctx.body = { jwt: 'for nobody' };
                  return;
                }
                if (answer === 'nothing') return { pending: true };
                ctx.created({ jwt: jwt ?? service('jwt').issue({ id }), user: { id }, firstLogin: true });
              },
            },
            {
              method: 'POST',
              path: '/api/links',
              config: { auth: false },
              handler: (ctx) => service('session').login(ctx, ctx.request.body.id),
            },
            {
              method: 'GET',
              path: '/api/links/:id',
              config: { auth: false },
              handler: (ctx) => service('session').login(ctx, Number(ctx.params.id)),
            },
            {
              method: 'POST',
              path: '/api/pins',
              config: { auth: false, middlewares },
              async handler(ctx) {
                const user = await strapi.db
                  .query('plugin::users-permissions.user')
                  .findOne({ where: { id: ctx.request.body.id } });
                await service('user').validatePassword(ctx.request.body.password, user.password);
                await strapi.documents('plugin::users-permissions.user').update({
                  documentId: user.documentId,
                  data: { password: 'changed-meanwhile' },
                });
                return { jwt: service('jwt').issue({ id: user.id }) };
              },
            },
          ]);
        },
      };`,
  }),
);

const callsOfHandler = () =>
  (server.strapi as typeof server.strapi & { callsOfHandler: number }).callsOfHandler;

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  server.request().post(path).set(headers).send(body);

const liveSessions = async (user: TestUser) =>
  (await storedSessions(server, user)).filter(({ revokedAt }) => revokedAt === null);

describe.each([
  ['withSession', '/api/codes', 201],
  ["service('session').login", '/api/links', 200],
])('A login of a project by %s', (_name, path, status) => {
  const logIn = (user: Pick<TestUser, 'id'>, fields = {}, headers: Record<string, string> = {}) =>
    post(path, { id: user.id, ...fields }, headers);

  it('responds like a login, with a session and its cookie', async () => {
    const user = await createUser(server);

    const response = await logIn(user, {}, { 'User-Agent': 'a phone' });

    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ status: 'Authenticated', user: { id: user.id } });
    expect(response.body).not.toHaveProperty('refreshToken');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    expect(response.headers['cache-control']).toBe('no-store');
    const tokens = tokensFrom(response);
    const [session] = await storedSessions(server, user);
    expect(session).toMatchObject({ userAgent: 'a phone', ipAddress: '127.0.0.1' });
    expect(claimsOf(tokens.accessToken)).toMatchObject({
      id: user.id,
      sessionId: session?.sessionId,
      tenant: 'main',
    });
    expect((await fetchOwnAccount(server, tokens).expect(200)).body.id).toBe(user.id);
    await refresh(server, tokens).expect(200);
  });

  it('gives the refresh token in the body to a client that asks for it', async () => {
    const response = await logIn(await createUser(server), {}, BODY_TRANSPORT);

    expect(cookiesSetBy(response)).toEqual([]);
    await refreshByBody(server, response.body.refreshToken).expect(200);
  });

  it.each([
    ['blocked', { blocked: true }, 'account-blocked'],
    ['unconfirmed', { confirmed: false }, 'account-unconfirmed'],
    ['without a role', { role: null }, 'account-without-role'],
  ])('refuses an account that is %s', async (_state, fields, code) => {
    const user = await createUser(server, fields);

    await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
      const response = await logIn(user);

      expect(response.body).toEqual(refusal(400));
      expect(response.body.error.details).toEqual({ code });
      expect(cookiesSetBy(response)).toEqual([]);
    });
    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('refuses an account that does not exist', async () => {
    const response = await logIn({ id: 2 ** 30 });

    expect(response.body).toEqual(refusal(401));
    expect(cookiesSetBy(response)).toEqual([]);
  });

  it('keeps to rememberMe', async () => {
    const user = await createUser(server);

    const response = await logIn(user, { rememberMe: false });

    expect(cookiesSetBy(response)[0]?.attributes).toEqual([
      'HttpOnly',
      'Path=/api',
      'SameSite=Lax',
    ]);
    const [{ loginAt, absoluteExpiresAt } = {}] = await storedSessions(server, user);
    expect(Number(absoluteExpiresAt) - Number(loginAt)).toBe(HOUR * 1000);
    const malformed = await logIn(user, { rememberMe: 'no' });
    expect(malformed.body.error).toMatchObject({
      status: 400,
      details: { code: 'malformed-remember-me' },
    });
  });

  it('ends the session that the browser had', async () => {
    const [one, other] = [await createUser(server), await createUser(server)];
    const before = await login(server, one);

    await logIn(other, {}, { Cookie: before.cookie, Origin: CLIENT });

    expect(await storedSessions(server, one)).toMatchObject([{ revokedReason: 'replaced' }]);
  });

  it('is refused from a page of another site, if the response would set the cookie', async () => {
    const user = await createUser(server);
    const foreign = { Origin: 'https://evil.example' };

    const response = await logIn(user, {}, foreign);

    expect(response.body).toEqual(
      refusal(403, 'Cross-site requests may not use the refresh cookie'),
    );
    expect(response.body.error).toMatchObject({
      name: 'ForbiddenError',
      details: { code: 'untrusted-origin' },
    });
    expect(await storedSessions(server, user)).toEqual([]);
    expect((await logIn(user, {}, { ...foreign, ...BODY_TRANSPORT })).status).toBe(status);
  });

  it('counts in SESSION_LIMIT, and emits session.created', async () => {
    const user = await createUser(server);
    const created: unknown[] = [];
    const listener = async (event: { userId: number }) => void created.push(event.userId);
    server.strapi.eventHub.on('session.created', listener);

    for (let count = 0; count < 4; count += 1) await logIn(user);

    server.strapi.eventHub.off('session.created', listener);
    expect(created).toEqual(Array(4).fill(user.id));
    expect(await liveSessions(user)).toHaveLength(3);
  });
});

describe('The middleware withSession', () => {
  it('keeps the status and the other fields of the response', async () => {
    const { id } = await createUser(server);

    const { body } = await post('/api/codes', { id }).expect(201);

    expect(body).toMatchObject({ firstLogin: true, user: { id } });
  });

  it.each([
    ['an error', 'refuse', 400, refusal(400, 'Wrong code')],
    ['an error that has a token', 'error', 402, { jwt: 'for nobody' }],
    ['a response without a token', 'nothing', 200, { pending: true }],
  ])('passes %s on unchanged', async (_name, answer, status, body) => {
    const user = await createUser(server);

    const response = await post('/api/codes', { id: user.id, answer });

    expect(response.status).toBe(status);
    expect(response.body).toEqual(body);
    expect(cookiesSetBy(response)).toEqual([]);
    expect(response.headers).not.toHaveProperty('cache-control');
  });

  it('leaves a token alone that has a session', async () => {
    const user = await createUser(server);
    const { accessToken: jwt } = await login(server, user);

    const response = await post('/api/codes', { id: user.id, jwt }).expect(201);

    expect(response.body.jwt).toBe(jwt);
    expect(cookiesSetBy(response)).toEqual([]);
    expect(await storedSessions(server, user)).toHaveLength(1);
  });

  it('passes no token on that is not from the jwt service', async () => {
    const { id } = await createUser(server);

    await server.expectErrors(/A login responded with a `jwt` that is not from/, async () => {
      const { status, body } = await post('/api/codes', { id, jwt: 'abc' });

      expect({ status, body }).toEqual({ status: 500, body: INTERNAL_SERVER_ERROR });
    });
  });

  it('does not run the handler for a page of another site', async () => {
    const { id } = await createUser(server);
    const before = callsOfHandler();

    await post('/api/codes', { id }, { Origin: 'https://evil.example' }).expect(403);

    expect(callsOfHandler()).toBe(before);
  });

  it('starts no session if the password changes after the handler has checked it', async () => {
    const user = await createUser(server);

    const response = await post('/api/pins', { id: user.id, password: user.password });

    expect(response.body.error).toMatchObject({
      status: 400,
      details: { code: 'account-password-changed' },
    });
    expect(await storedSessions(server, user)).toEqual([]);
  });
});

describe("service('session').login", () => {
  it('responds with the user, without what is secret or private', async () => {
    const user = await createUser(server);

    const { body } = await post('/api/links', { id: user.id }).expect(200);

    expect(Object.keys(body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(body.user).toMatchObject({ id: user.id, username: user.username, email: user.email });
    for (const field of ['password', 'resetPasswordToken', 'confirmationToken', 'role']) {
      expect(body.user).not.toHaveProperty(field);
    }
  });

  it('logs in by a link in an e-mail, which a browser opens from another site', async () => {
    const { id } = await createUser(server);

    const response = await server
      .request()
      .get(`/api/links/${id}`)
      .set('Sec-Fetch-Site', 'cross-site')
      .expect(200);

    await refresh(server, { cookie: cookieOf(response) }).expect(200);
  });

  it('sees a block by SQL that happened just before', async () => {
    const user = await createUser(server);
    await updateUserWithoutHooks(server, user, { blocked: true });

    expect((await post('/api/links', { id: user.id })).body).toEqual(refusal(400));
  });

  it.each([undefined, null, 'everybody', 1.5])('takes no id %j', async (id) => {
    await server.expectErrors(/The id of a user is a number/, async () => {
      expect((await post('/api/links', { id })).body).toEqual(INTERNAL_SERVER_ERROR);
    });
  });
});
