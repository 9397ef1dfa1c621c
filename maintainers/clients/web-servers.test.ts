import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, storedSessions, type TestUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFE, DAY, sessionsOf } from './sessions';
import { ADDRESS, openVisitor, USER_AGENT, type Visitor } from './visitor';
import { nextRecipe, startWebServer, svelteRecipe } from './web-server';

const server = useServer({
  REFRESH_COOKIE_PATH: '/',
  IS_PROXIED: 'true',
  // The recipes ask for the cookie, whatever the server is set to.
  REFRESH_TOKEN_TRANSPORT: 'body',
});
const line = useFakeNetwork(server);
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describe.each([nextRecipe, svelteRecipe])('The $name recipe', (recipe) => {
  const { paths } = recipe;
  let web: Awaited<ReturnType<typeof startWebServer>>;

  beforeAll(async () => {
    web = await startWebServer(recipe, line.url);
  });
  afterAll(() => web.stop());

  const logIn = async () => {
    const user = await createUser(server);
    const visitor = openVisitor(web.url, server.clock);
    const { username: identifier, password } = user;
    const page = await visitor.submit(paths.login, { identifier, password });
    expect(page).toMatchObject({ status: 303, location: '/profile' });
    return { user, visitor };
  };

  const expectProfile = async ({ visitor, user }: { visitor: Visitor; user: TestUser }) => {
    const { status, text } = await visitor.get('/profile');
    expect(status).toBe(200);
    expect(text).toContain(user.username);
    expect(text).not.toMatch(TOKEN);
  };

  const expectLogin = async (visitor: Visitor) => {
    const { status, location } = await visitor.get('/profile');
    expect([303, 307]).toContain(status);
    expect(location).toBe('/login');
  };

  it('sends a stranger to the login', async () => {
    await expectLogin(openVisitor(web.url, server.clock));
  });

  it('says that a login is wrong', async () => {
    const visitor = openVisitor(web.url, server.clock);

    const answer = await visitor.submit(paths.login, { identifier: 'nobody', password: 'wrong' });

    const page = answer.location ? await visitor.get(answer.location) : answer;
    expect(page.text).toContain('Name or password is wrong.');
    expect(visitor.cookies()).toEqual({});
  });

  it('logs in, and renders a page with what only this user sees', async () => {
    const login = await logIn();
    const { visitor } = login;

    await expectProfile(login);

    expect(Object.keys(visitor.cookies()).sort()).toEqual([...['accessToken', 'refreshToken']]);
    expect(line.refreshes()).toBe(0);
  });

  it('tells Strapi of the browser, not of itself', async () => {
    const { user } = await logIn();

    expect(await storedSessions(server, user)).toMatchObject([
      { userAgent: USER_AGENT, ipAddress: ADDRESS },
    ]);
  });

  it('refreshes before it renders, and hands the new cookies to the browser', async () => {
    const login = await logIn();
    const { visitor, user } = login;
    const before = visitor.cookies();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    expect(visitor.cookies()).not.toHaveProperty('accessToken');

    await expectProfile(login);
    await expectProfile(login);

    expect(line.refreshes()).toBe(1);
    expect(visitor.cookies().refreshToken).not.toBe(before.refreshToken);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    server.clock.advance(ACCESS_TOKEN_LIFE);
    await expectProfile(login);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 2, revokedReason: null }]);
  });

  it('refreshes once for many requests of a browser at once', async () => {
    const login = await logIn();
    const { user } = login;
    server.clock.advance(ACCESS_TOKEN_LIFE);

    await Promise.all(Array.from({ length: 6 }, () => expectProfile(login)));

    expect(line.refreshes()).toBe(1);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('asks again when the answer to a refresh is lost', async () => {
    const login = await logIn();
    const { user } = login;
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 2);

    await expectProfile(login);

    expect(line.refreshes()).toBe(3);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('stays logged in when the new cookies never reach the browser', async () => {
    const { visitor, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    const cookies = Object.entries(visitor.cookies()).map((pair) => pair.join('='));
    const headers = { Cookie: cookies.join('; '), 'X-Forwarded-For': ADDRESS };
    const show = (url: string) => fetch(`${url}/profile`, { headers, redirect: 'manual' });
    expect((await show(web.url)).status).toBe(200);
    server.clock.advance(DAY);

    // Another process, which has never seen this visitor.
    const other = await startWebServer(recipe, line.url);
    try {
      const page = await show(other.url);

      expect(page.status).toBe(200);
      expect(await page.text()).toContain(user.username);
    } finally {
      await other.stop();
    }
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    expect(line.refreshes()).toBe(2);
  });

  it.each([429, 503])('logs nobody out when a refresh is answered with %i', async (status) => {
    const login = await logIn();
    const { visitor } = login;
    server.clock.advance(ACCESS_TOKEN_LIFE);
    const before = visitor.cookies();
    line.breakDown(REFRESH, status);

    expect((await visitor.get('/profile')).status).toBe(503);

    expect(visitor.cookies()).toEqual(before);
    line.repair();
    await expectProfile(login);
  });

  it('asks for a login when the session has ended, and does not loop', async () => {
    const { visitor, user } = await logIn();
    const sessions = server.strapi.plugin('users-permissions').service('session');
    await sessions.revokeAll([user.id], 'revoked-by-admin');

    await expectLogin(visitor);
    expect(line.refreshes()).toBe(0);

    server.clock.advance(ACCESS_TOKEN_LIFE);
    await expectLogin(visitor);
    await expectLogin(visitor);
    expect(line.refreshes()).toBe(1);
    expect(visitor.cookies()).toEqual({});
  });

  it('logs out, in the browser and in Strapi', async () => {
    const { visitor, user } = await logIn();

    const answer = await visitor.submit(paths.logout, {});

    expect(answer).toMatchObject({ status: 303, location: '/login' });
    expect(visitor.cookies()).toEqual({});
    expect(await sessionsOf(server, user)).toEqual([{ generation: 0, revokedReason: 'logout' }]);
    await expectLogin(visitor);
  });

  it('does nothing that a form of another site asks for', async () => {
    const login = await logIn();
    const { visitor, user } = login;

    const evil = 'https://evil.example';
    expect((await visitor.submit(paths.logout, {}, evil)).status).toBe(403);
    const { username: identifier, password } = user;
    expect((await visitor.submit(paths.login, { identifier, password }, evil)).status).toBe(403);

    await expectProfile(login);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 0, revokedReason: null }]);
  });

  it.runIf(recipe === nextRecipe)('has a route handler for client components', async () => {
    const { visitor, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);

    const { status, text } = await visitor.get('/profile/data');

    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ username: user.username });
    expect(line.refreshes()).toBe(1);
    expect((await openVisitor(web.url, server.clock).get('/profile/data')).status).toBe(403);
  });
});
