import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, storedSessions, type TestUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, sessionStatesOf } from './session-states';
import {
  ADDRESS,
  openScriptlessBrowser,
  USER_AGENT,
  type ScriptlessBrowser,
} from './scriptless-browser';
import { nextRecipe, startWebServer, svelteRecipe } from './web-server-process';

const server = useServer({
  REFRESH_COOKIE_PATH: '/',
  IS_PROXIED: 'true',
  // The recipes send `x-strapi-refresh-cookie: httpOnly`, so that they work with this setting, too.
  REFRESH_TOKEN_TRANSPORT: 'body',
});
const network = useFakeNetwork(server);
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describe.each([nextRecipe, svelteRecipe])('The $name recipe', (recipe) => {
  const { paths } = recipe;
  let web: Awaited<ReturnType<typeof startWebServer>>;

  beforeAll(async () => {
    web = await startWebServer(recipe, network.url);
  });
  afterAll(() => web.stop());

  /** @param choices what the check box of the form sends: nothing when it is not ticked */
  const logIn = async (choices: Record<string, string> = { rememberMe: 'on' }) => {
    const user = await createUser(server);
    const browser = openScriptlessBrowser(web.url, server.clock);
    const { username: identifier, password } = user;
    const page = await browser.submit(paths.login, { identifier, password, ...choices });
    expect(page).toMatchObject({ status: 303, location: '/profile' });
    return { user, browser };
  };

  const expectProfile = async ({
    browser,
    user,
  }: {
    browser: ScriptlessBrowser;
    user: TestUser;
  }) => {
    const { status, text } = await browser.get('/profile');
    expect(status).toBe(200);
    expect(text).toContain(user.username);
    expect(text).not.toMatch(TOKEN);
  };

  const expectLogin = async (browser: ScriptlessBrowser) => {
    const { status, location } = await browser.get('/profile');
    expect([303, 307]).toContain(status);
    expect(location).toBe('/login');
  };

  it('redirects to the login page if nobody is logged in', async () => {
    await expectLogin(openScriptlessBrowser(web.url, server.clock));
  });

  it('shows an error if the credentials are wrong', async () => {
    const browser = openScriptlessBrowser(web.url, server.clock);

    const response = await browser.submit(paths.login, { identifier: 'nobody', password: 'wrong' });

    const page = response.location ? await browser.get(response.location) : response;
    expect(page.text).toContain('Name or password is wrong.');
    expect(browser.cookies()).toEqual({});
  });

  it('logs in and renders a page for the user, without a token in it', async () => {
    const login = await logIn();
    const { browser } = login;

    await expectProfile(login);

    expect(Object.keys(browser.cookies()).sort()).toEqual([
      ...['accessToken', 'accessTokenIsFresh', 'refreshToken'],
    ]);
    expect(network.refreshes()).toBe(0);
  });

  it('stays logged in when the browser is closed and opened again', async () => {
    const login = await logIn();
    await expectProfile(login);

    login.browser.restart();

    await expectProfile(login);
  });

  it('leaves no token in a closed browser after a login without "Stay signed in"', async () => {
    const login = await logIn({});
    const { browser } = login;
    await expectProfile(login);
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    await expectProfile(login);
    expect(network.refreshes()).toBe(1);

    browser.restart();

    expect(Object.keys(browser.cookies())).toEqual(['accessTokenIsFresh']);
    await expectLogin(browser);
  });

  it('forwards the user agent and the address of the browser to Strapi', async () => {
    const { user } = await logIn();

    expect(await storedSessions(server, user)).toMatchObject([
      { userAgent: USER_AGENT, ipAddress: ADDRESS },
    ]);
  });

  it('refreshes before it renders, and sends the new cookies to the browser', async () => {
    const login = await logIn();
    const { browser, user } = login;
    const before = browser.cookies();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    expect(browser.cookies()).not.toHaveProperty('accessTokenIsFresh');

    await expectProfile(login);
    await expectProfile(login);

    expect(network.refreshes()).toBe(1);
    expect(browser.cookies().refreshToken).not.toBe(before.refreshToken);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    await expectProfile(login);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 2, revokedReason: null }]);
  });

  it('refreshes once for parallel requests of a browser', async () => {
    const login = await logIn();
    const { user } = login;
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    await Promise.all(Array.from({ length: 6 }, () => expectProfile(login)));

    expect(network.refreshes()).toBe(1);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('repeats a refresh whose response is lost', async () => {
    const login = await logIn();
    const { user } = login;
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);

    await expectProfile(login);

    expect(network.refreshes()).toBe(3);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('stays logged in when the browser never gets the new cookies, even with another process', async () => {
    const { browser, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const cookies = Object.entries(browser.cookies()).map((pair) => pair.join('='));
    const headers = { Cookie: cookies.join('; '), 'X-Forwarded-For': ADDRESS };
    const getProfile = (url: string) => fetch(`${url}/profile`, { headers, redirect: 'manual' });
    expect((await getProfile(web.url)).status).toBe(200);
    server.clock.advance(DAY);

    // Another process has no memory of the first refresh.
    const other = await startWebServer(recipe, network.url);
    try {
      const page = await getProfile(other.url);

      expect(page.status).toBe(200);
      expect(await page.text()).toContain(user.username);
    } finally {
      await other.stop();
    }
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    expect(network.refreshes()).toBe(2);
  });

  it.each([429, 503])('stays logged in when a refresh is refused with %i', async (status) => {
    const login = await logIn();
    const { browser } = login;
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const before = browser.cookies();
    network.respondWith(REFRESH, status);

    expect((await browser.get('/profile')).status).toBe(503);

    expect(browser.cookies()).toEqual(before);
    network.reset();
    await expectProfile(login);
  });

  it('redirects to the login page when the session has ended, and does not loop', async () => {
    const { browser, user } = await logIn();
    const sessions = server.strapi.plugin('users-permissions').service('session');
    await sessions.revokeAll([user.id], 'revoked-by-admin');

    await expectLogin(browser);
    expect(network.refreshes()).toBe(0);

    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    await expectLogin(browser);
    await expectLogin(browser);
    expect(network.refreshes()).toBe(1);
    expect(browser.cookies()).toEqual({});
  });

  it('logs out in the browser and in Strapi', async () => {
    const { browser, user } = await logIn();

    const page = await browser.submit(paths.logout, {});

    expect(page).toMatchObject({ status: 303, location: '/login' });
    expect(browser.cookies()).toEqual({});
    expect(await sessionStatesOf(server, user)).toEqual([
      { generation: 0, revokedReason: 'logout' },
    ]);
    await expectLogin(browser);
  });

  it('refuses forms of other sites', async () => {
    const login = await logIn();
    const { browser, user } = login;

    const otherSite = 'https://evil.example';
    expect((await browser.submit(paths.logout, {}, otherSite)).status).toBe(403);
    const { username: identifier, password } = user;
    expect((await browser.submit(paths.login, { identifier, password }, otherSite)).status).toBe(
      403,
    );

    await expectProfile(login);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 0, revokedReason: null }]);
  });

  it.runIf(recipe === nextRecipe)(
    'has a route handler that client components can call',
    async () => {
      const { browser, user } = await logIn();
      server.clock.advance(ACCESS_TOKEN_LIFETIME);

      const { status, text } = await browser.get('/profile/data');

      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ username: user.username });
      expect(network.refreshes()).toBe(1);
      expect((await openScriptlessBrowser(web.url, server.clock).get('/profile/data')).status).toBe(
        403,
      );
    },
  );
});
