import { once } from 'node:events';
import { createServer } from 'node:http';
import { createApp, createRouter, toNodeListener } from 'h3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import profile from '../../examples/recipes/nuxt/server/api/profile.get';
import middleware from '../../examples/recipes/nuxt/server/middleware/session';
import end from '../../examples/recipes/nuxt/server/routes/session/end.post';
import start from '../../examples/recipes/nuxt/server/routes/session/index.post';
import { freePort } from '../../tests/helpers/process';
import { useServer } from '../../tests/helpers/suite';
import { createUser, storedSessions } from '../../tests/helpers/users';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ADDRESS, openScriptlessBrowser } from './scriptless-browser';
import { ACCESS_TOKEN_LIFETIME, sessionStatesOf } from './session-states';

const server = useServer({ REFRESH_COOKIE_PATH: '/', IS_PROXIED: 'true' });
const network = useFakeNetwork(server);

/** As Nitro registers the files of a Nuxt app: middleware first, then routes by their names. */
const createNuxtServer = () => {
  const router = createRouter()
    .get('/api/profile', profile)
    .post('/session', start)
    .post('/session/end', end);
  return createServer(toNodeListener(createApp().use(middleware).use(router)));
};

describe('The server of the Nuxt recipe, on h3 without Nuxt', () => {
  const web = createNuxtServer();
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    await once(web.listen(port, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => vi.stubEnv('STRAPI_URL', network.url));
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => web.close());

  const logIn = async () => {
    const user = await createUser(server);
    const browser = openScriptlessBrowser(url, server.clock);
    const { username: identifier, password } = user;
    const page = await browser.submit('/session', { identifier, password, rememberMe: 'on' });
    expect(page).toMatchObject({ status: 303, location: '/profile' });
    return { user, browser };
  };

  it('refreshes before a route, and sends the new cookies to the browser', async () => {
    const { user, browser } = await logIn();
    expect(await storedSessions(server, user)).toMatchObject([{ ipAddress: ADDRESS }]);
    const before = browser.cookies();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    for (let request = 0; request < 2; request += 1) {
      const { status, text } = await browser.get('/api/profile');
      expect(status).toBe(200);
      expect(text).toContain(user.username);
    }

    expect(network.refreshes()).toBe(1);
    expect(browser.cookies().refreshToken).not.toBe(before.refreshToken);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('logs nobody out while Strapi is unavailable', async () => {
    const { browser } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const before = browser.cookies();
    network.respondWith(REFRESH, 503);

    expect((await browser.get('/api/profile')).status).toBe(503);

    expect(browser.cookies()).toEqual(before);
    network.reset();
    expect((await browser.get('/api/profile')).status).toBe(200);
  });

  it('clears the cookies of a session that has ended', async () => {
    const { user, browser } = await logIn();
    const sessions = server.strapi.plugin('users-permissions').service('session');
    await sessions.revokeAll([user.id], 'revoked-by-admin');
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    expect((await browser.get('/api/profile')).status).toBe(403);

    expect(browser.cookies()).toEqual({});
  });

  it('refuses wrong credentials, and forms of other sites', async () => {
    const { browser, user } = await logIn();
    const otherSite = 'https://evil.example';
    const wrong = { identifier: user.username, password: 'wrong' };

    const page = await openScriptlessBrowser(url, server.clock).submit('/session', wrong);
    expect(page).toMatchObject({ status: 303, location: '/login?problem=credentials' });
    for (const path of ['/session', '/session/end']) {
      expect((await browser.submit(path, wrong, otherSite)).status).toBe(403);
    }

    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 0, revokedReason: null }]);
  });

  it('logs out in the browser and in Strapi', async () => {
    const { browser, user } = await logIn();

    const page = await browser.submit('/session/end', {});

    expect(page).toMatchObject({ status: 303, location: '/login' });
    expect(browser.cookies()).toEqual({});
    expect(await sessionStatesOf(server, user)).toEqual([
      { generation: 0, revokedReason: 'logout' },
    ]);
  });
});
