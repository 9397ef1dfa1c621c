import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { createHttp } from '../../examples/recipes/axios/api';
import type { AuthClient } from '../../client/src/index';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { freePort } from '../../tests/helpers/process';
import { bundlePage } from '../helpers/page-script';
import { isRunnable } from '../helpers/requirements';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, sessionStatesOf } from './session-states';

declare global {
  /** Set by the script of the page below. */
  var auth: AuthClient;
  var http: ReturnType<typeof createHttp>;
}

const pagePort = await freePort();
const origin = `http://127.0.0.1:${pagePort}`;

const canRun = isRunnable('The axios recipe', { Chromium: chromiumPath !== undefined });

describe.runIf(canRun)('The axios recipe', () => {
  const server = useServer({ CLIENT_ORIGINS: origin, REFRESH_TOKEN_TRANSPORT: 'body' });
  const network = useFakeNetwork(server);
  let pages: Server;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    const script = await bundlePage(`
      export { createHttp } from './examples/recipes/axios/api';
      export { createAuthClient } from 'strapi-refresh-token-client';
    `);
    pages = createServer((request, response) => {
      if (request.url === '/api.js') {
        response.setHeader('Content-Type', 'text/javascript').end(script);
        return;
      }
      response.setHeader('Content-Type', 'text/html').end(`<!doctype html>
        <script type="module">
          import { createAuthClient, createHttp } from '/api.js';
          globalThis.auth = createAuthClient({ url: '${network.url}' });
          globalThis.http = createHttp(auth, '${network.api}');
        </script>`);
    }).listen(pagePort, '127.0.0.1');
    await once(pages, 'listening');
    browser = await launchChromium();
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(origin);
    return page;
  };

  const logIn = async (): Promise<{ page: Page; user: TestUser }> => {
    context = await browser.newContext();
    const page = await open();
    const user = await createUser(server);
    await page.evaluate(
      ({ username: identifier, password }) => globalThis.auth.login({ identifier, password }),
      user,
    );
    return { page, user };
  };

  /** Sends parallel requests. Resolves to their statuses, or to the name of an error without a status. */
  const call = (page: Page, count = 1): Promise<unknown[]> =>
    page.evaluate(
      (requests) =>
        Promise.all(
          // Each URL differs, since Chromium does not send equal GET requests in parallel (HTTP cache lock).
          Array.from({ length: requests }, (_none, index) =>
            globalThis.http.get(`/users/me?call=${index}`).then(
              ({ status }) => status,
              (error) => error.response?.status ?? error.code,
            ),
          ),
        ),
      count,
    );

  it('logs in and sends requests; no script can read a token in cookies or storage', async () => {
    const { page } = await logIn();

    expect(await call(page)).toEqual([200]);

    const readable = () => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage });
    expect(await page.evaluate(readable)).toBe(`{"auth ${network.api}":"cookie"}`);
    const cookies = await context.cookies(network.api);
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly])).toEqual([['refreshToken', true]]);
  });

  it('sets a cookie that ends with the browser if it logs in with `rememberMe: false`', async () => {
    const { page, user } = await logIn();
    const expiries = async () => (await context.cookies(network.api)).map(({ expires }) => expires);
    expect(await expiries()).toEqual([expect.toSatisfy((expires: number) => expires > 0)]);

    await page.evaluate(
      ({ username: identifier, password }) =>
        globalThis.auth.login({ identifier, password, rememberMe: false }),
      user,
    );

    // -1 is a session cookie (Playwright, `BrowserContext.cookies`).
    expect(await expiries()).toEqual([-1]);
  });

  it('refreshes when the access token has expired, and repeats the request', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    const refusal = await page.evaluate(() =>
      globalThis.http
        .post('/auth/change-password', {
          currentPassword: 'wrong',
          password: 'a new password',
          passwordConfirmation: 'a new password',
        })
        .catch(({ response }) => response.data.error.message),
    );

    // Strapi gives this error only to a logged-in user, and only if the body was sent again.
    expect(refusal).toBe('The provided current password is invalid');
    expect(network.refreshes()).toBe(1);
  });

  it('refreshes once for many requests that are refused', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const release = network.holdNext(REFRESH);

    const calls = call(page, 8);
    await expect
      .poll(() => network.paths.filter((sent) => sent === '/api/users/me').length)
      .toBe(8);
    release();

    expect(await calls).toEqual(Array(8).fill(200));

    expect(network.refreshes()).toBe(1);
  });

  it('restores the session in a new tab', async () => {
    await logIn();
    const tabs = await Promise.all([open(), open(), open()]);

    const restored = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(() => globalThis.auth.refresh().then(() => globalThis.auth.state.status)),
      ),
    );

    expect(restored).toEqual(['in', 'in', 'in']);
    for (const tab of tabs) expect(await call(tab)).toEqual([200]);
  });

  it('lets only one tab refresh at a time, so that no tab sends an outdated token', async () => {
    const { page: slow, user } = await logIn();
    const others = await Promise.all([open(), open()]);
    for (const tab of others)
      await tab.evaluate(() => globalThis.auth.refresh().then(() => globalThis.auth.state.status));
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    const before = network.refreshes();
    const release = network.holdNext(REFRESH);

    const first = call(slow);
    await expect.poll(() => network.refreshes()).toBe(before + 1);
    const later: unknown[] = [];
    const calls = others.map(async (tab) => later.push(...(await call(tab))));
    const waiting = () =>
      slow.evaluate(async () => (await navigator.locks.query()).pending?.length);
    await expect.poll(async () => later.length + Number(await waiting())).toBe(2);
    release();

    expect(await first).toEqual([200]);
    await Promise.all(calls);
    expect(later).toEqual([200, 200]);
    expect(await sessionStatesOf(server, user)).toMatchObject([{ revokedReason: null }]);
  });

  it('repeats a refresh whose response is lost', async () => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);

    expect(await call(page)).toEqual([200]);

    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('stays logged in when its tab is closed during a refresh', async () => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    // More than the attempts of the recipe: Chromium repeats a request on a reused connection that was closed.
    network.dropResponses(REFRESH, 9);
    const closed = call(page).catch(() => undefined);
    await expect
      .poll(() => sessionStatesOf(server, user))
      .toEqual([{ generation: 1, revokedReason: null }]);
    await page.close();
    await closed;
    network.reset();
    server.clock.advance(DAY);

    const reopened = await open();

    expect(
      await reopened.evaluate(() =>
        globalThis.auth.refresh().then(() => globalThis.auth.state.status),
      ),
    ).toBe('in');
    expect(await call(reopened)).toEqual([200]);
    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    expect(await reopened.evaluate(() => Object.values(localStorage))).toEqual(['cookie']);
  });

  it('sends the same `Idempotency-Key` with each retry, and another one for the next token', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 2);
    await call(page);
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    await call(page);

    const [first, second, third, next] = network.keys();
    expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect(next).not.toBe(first);
  });

  it('keeps the `Idempotency-Key` in memory if the browser forbids storage', async () => {
    const { page, user } = await logIn();
    await page.evaluate(() =>
      Object.defineProperty(globalThis, 'localStorage', {
        get() {
          throw new DOMException('The operation is insecure', 'SecurityError');
        },
      }),
    );
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.dropResponses(REFRESH, 9);
    expect(await call(page)).toEqual(['unavailable']);
    network.reset();
    server.clock.advance(DAY);
    await page.evaluate(() => globalThis.auth.resume());

    expect(await call(page)).toEqual([200]);

    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it.each([429, 503])('stays logged in when a refresh is refused with %i', async (status) => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFETIME);
    network.respondWith(REFRESH, status);

    expect(await call(page)).toEqual(['unavailable']);

    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 0, revokedReason: null }]);
    expect(await context.cookies(network.api)).toHaveLength(1);
  });

  it('rejects with `logged-out` after one refresh when the server has ended the session', async () => {
    const { page, user } = await logIn();
    await server.strapi
      .plugin('users-permissions')
      .service('session')
      .revokeAll([user.id], 'revoked-by-admin');

    expect(await call(page)).toEqual(['logged-out']);

    expect(network.refreshes()).toBe(1);
    expect(
      await page.evaluate(() => globalThis.auth.refresh().then(() => globalThis.auth.state.status)),
    ).toBe('out');
  });

  it('sends no token to another host, whose 401 causes no refresh', async () => {
    const { page } = await logIn();
    const seen: (string | undefined)[] = [];
    const foreign = createServer((request, response) => {
      const requested = request.headers['access-control-request-headers'] ?? '';
      response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
      response.setHeader('Access-Control-Allow-Headers', requested);
      if (request.method !== 'OPTIONS') seen.push(request.headers.authorization);
      response.writeHead(request.method === 'OPTIONS' ? 204 : 401).end();
    }).listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const { port } = foreign.address() as AddressInfo;

    const status = await page.evaluate(
      (url) => globalThis.http.get(url).catch((error) => error.response?.status),
      `http://127.0.0.1:${port}/`,
    );
    foreign.close();

    expect([status, seen, network.refreshes()]).toEqual([401, [undefined], 0]);
  });

  it('sends no call of one user as another', async () => {
    const { page, user } = await logIn();
    const other = await open();
    await server.strapi
      .plugin('users-permissions')
      .service('session')
      .revokeAll([user.id], 'revoked-by-admin');
    const next = await createUser(server);
    // Without its message the first tab knows nothing of the login in the second one.
    await page.evaluate(() => globalThis.auth.close());
    await other.evaluate(
      ({ username: identifier, password }) => globalThis.auth.login({ identifier, password }),
      next,
    );

    expect(await call(page)).toEqual(['account-changed']);
  });

  it('does not loop when the new access token is refused, too', async () => {
    const { page } = await logIn();
    network.respondWith('/api/users/me', 401);

    expect(await call(page)).toEqual([401]);

    expect(network.paths.filter((sent) => sent === '/api/users/me')).toHaveLength(2);
    expect(network.refreshes()).toBe(1);
  });

  it('logs out in the browser and on the server', async () => {
    const { page, user } = await logIn();

    await page.evaluate(() => globalThis.auth.logout());

    expect(await call(page)).toEqual([403]);
    expect(await context.cookies(network.api)).toEqual([]);
    expect(await sessionStatesOf(server, user)).toEqual([
      { generation: 0, revokedReason: 'logout' },
    ]);
  });
});
