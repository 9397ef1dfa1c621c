import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type * as Recipe from '../../examples/recipes/axios/api';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { projectRoot } from '../../tests/helpers/paths';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { freePort } from '../../tests/helpers/process';
import { isRunnable } from '../helpers/requirements';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFE, DAY, sessionsOf } from './sessions';

declare global {
  /** What the page below defines. */
  var api: Recipe.Api;
}

const pagePort = await freePort();
const origin = `http://127.0.0.1:${pagePort}`;

const bundleRecipe = async (): Promise<string> => {
  const entry = path.join(projectRoot, 'examples/recipes/axios/api.ts');
  const [bundle] = (await build({
    configFile: false,
    logLevel: 'error',
    build: { lib: { entry, formats: ['es'] }, write: false },
  })) as Rollup.RollupOutput[];
  return bundle?.output[0].code ?? '';
};

const canRun = isRunnable('The axios recipe', { Chromium: chromiumPath !== undefined });

describe.runIf(canRun)('The axios recipe, in a browser', () => {
  const server = useServer({ CLIENT_ORIGINS: origin, REFRESH_TOKEN_TRANSPORT: 'body' });
  const line = useFakeNetwork(server);
  let pages: Server;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    const script = await bundleRecipe();
    pages = createServer((request, response) => {
      if (request.url === '/api.js') {
        response.setHeader('Content-Type', 'text/javascript').end(script);
        return;
      }
      response.setHeader('Content-Type', 'text/html').end(`<!doctype html>
        <script type="module">
          import { createApi } from '/api.js';
          globalThis.api = createApi('${line.api}');
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
      ({ username, password }) => globalThis.api.login(username, password),
      user,
    );
    return { page, user };
  };

  /** The statuses of so many calls at once; for one that gets none, the name of its error. */
  const call = (page: Page, count = 1): Promise<unknown[]> =>
    page.evaluate(
      (calls) =>
        Promise.all(
          // Each another address: Chromium sends the same one only once at a time.
          Array.from({ length: calls }, (_none, index) =>
            globalThis.api.http.get(`/users/me?call=${index}`).then(
              ({ status }) => status,
              (error) => error.response?.status ?? error.name,
            ),
          ),
        ),
      count,
    );

  it('logs in and calls; no token is where a script could read it', async () => {
    const { page } = await logIn();

    expect(await call(page)).toEqual([200]);

    const readable = () => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage });
    expect(await page.evaluate(readable)).toBe('{}');
    const cookies = await context.cookies(line.api);
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly])).toEqual([['refreshToken', true]]);
  });

  it('refreshes when the access token has expired, and sends the call again', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);

    const refusal = await page.evaluate(() =>
      globalThis.api.http
        .post('/auth/change-password', {
          currentPassword: 'wrong',
          password: 'a new password',
          passwordConfirmation: 'a new password',
        })
        .catch(({ response }) => response.data.error.message),
    );

    // Strapi says so only to a logged-in user whose request has its body.
    expect(refusal).toBe('The provided current password is invalid');
    expect(line.refreshes()).toBe(1);
  });

  it('refreshes once for many calls that are refused', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    const release = line.holdNext(REFRESH);

    const calls = call(page, 8);
    await expect.poll(() => line.paths.filter((sent) => sent === '/api/users/me').length).toBe(8);
    release();

    expect(await calls).toEqual(Array(8).fill(200));

    expect(line.refreshes()).toBe(1);
  });

  it('is restored after a reload, in every tab', async () => {
    await logIn();
    const tabs = await Promise.all([open(), open(), open()]);

    const restored = await Promise.all(
      tabs.map((tab) => tab.evaluate(() => globalThis.api.restore())),
    );

    expect(restored).toEqual([true, true, true]);
    for (const tab of tabs) expect(await call(tab)).toEqual([200]);
  });

  it('lets no tab be overtaken by two others at refreshing, which would look like theft', async () => {
    const { page: slow, user } = await logIn();
    const others = await Promise.all([open(), open()]);
    for (const tab of others) await tab.evaluate(() => globalThis.api.restore());
    server.clock.advance(ACCESS_TOKEN_LIFE);
    const before = line.refreshes();
    const release = line.holdNext(REFRESH);

    const first = call(slow);
    await expect.poll(() => line.refreshes()).toBe(before + 1);
    const later: unknown[] = [];
    const calls = others.map(async (tab) => later.push(...(await call(tab))));
    const waiting = () =>
      slow.evaluate(async () => (await navigator.locks.query()).pending?.length);
    await expect.poll(async () => later.length + Number(await waiting())).toBe(2);
    release();

    expect(await first).toEqual([200]);
    await Promise.all(calls);
    expect(later).toEqual([200, 200]);
    expect(await sessionsOf(server, user)).toMatchObject([{ revokedReason: null }]);
  });

  it('asks again when the answer to a refresh is lost', async () => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 2);

    expect(await call(page)).toEqual([200]);

    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it('stays logged in when its tab is closed while it refreshes', async () => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    // More often than the recipe tries: Chromium itself repeats a request whose connection was reused.
    line.lose(REFRESH, 9);
    const closed = call(page).catch(() => undefined);
    await expect
      .poll(() => sessionsOf(server, user))
      .toEqual([{ generation: 1, revokedReason: null }]);
    await page.close();
    await closed;
    line.repair();
    server.clock.advance(DAY);

    const again = await open();

    expect(await again.evaluate(() => globalThis.api.restore())).toBe(true);
    expect(await call(again)).toEqual([200]);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    expect(await again.evaluate(() => localStorage.length)).toBe(0);
  });

  it('sends the same key with each retry, and another one with the next token', async () => {
    const { page } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 2);
    await call(page);
    server.clock.advance(ACCESS_TOKEN_LIFE);

    await call(page);

    const [first, second, third, next] = line.keys();
    expect(first).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).toMatch(/^[\x21-\x7e]{22,128}$/);
    expect(next).not.toBe(first);
  });

  it('keeps its key in memory where the browser stores nothing', async () => {
    const { page, user } = await logIn();
    await page.evaluate(() =>
      Object.defineProperty(globalThis, 'localStorage', {
        get() {
          throw new DOMException('The operation is insecure', 'SecurityError');
        },
      }),
    );
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.lose(REFRESH, 9);
    expect(await call(page)).toEqual(['AxiosError']);
    line.repair();
    server.clock.advance(DAY);

    expect(await call(page)).toEqual([200]);

    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
  });

  it.each([429, 503])('logs nobody out when a refresh is answered with %i', async (status) => {
    const { page, user } = await logIn();
    server.clock.advance(ACCESS_TOKEN_LIFE);
    line.breakDown(REFRESH, status);

    expect(await call(page)).toEqual([status]);

    expect(await sessionsOf(server, user)).toEqual([{ generation: 0, revokedReason: null }]);
    expect(await context.cookies(line.api)).toHaveLength(1);
  });

  it('ends when the server has ended the session, and does not loop', async () => {
    const { page, user } = await logIn();
    await server.strapi
      .plugin('users-permissions')
      .service('session')
      .revokeAll([user.id], 'revoked-by-admin');

    expect(await call(page)).toEqual(['SessionEnded']);

    expect(line.refreshes()).toBe(1);
    expect(await page.evaluate(() => globalThis.api.restore())).toBe(false);
  });

  it('does not loop when a new access token is refused, too', async () => {
    const { page } = await logIn();
    line.breakDown('/api/users/me', 401);

    expect(await call(page)).toEqual([401]);

    expect(line.paths.filter((sent) => sent === '/api/users/me')).toHaveLength(2);
    expect(line.refreshes()).toBe(1);
  });

  it('logs out, in the browser and on the server', async () => {
    const { page, user } = await logIn();

    await page.evaluate(() => globalThis.api.logout());

    expect(await call(page)).toEqual([403]);
    expect(await context.cookies(line.api)).toEqual([]);
    expect(await sessionsOf(server, user)).toEqual([{ generation: 0, revokedReason: 'logout' }]);
  });
});
