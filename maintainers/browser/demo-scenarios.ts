import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dropNextResponse } from './dropped-response';
import { holdRequestsUntil } from './held-requests';
import { createUser, storedSessions, type TestUser } from '../../tests/helpers/users';
import type { SuiteServer } from '../../tests/helpers/suite';

export interface DemoSetup {
  readonly server: SuiteServer;
  readonly pageUrl: string;
  /** The URL of a page whose origin is not in `CLIENT_ORIGINS`. */
  readonly untrustedUrl: string;
  /** Opens a browser context without cookies. */
  openContext(): Promise<BrowserContext>;
}

const SECOND = 1000;
/** The timeout for an element to appear, with a margin for slow machines. */
const ELEMENT_TIMEOUT = 20 * SECOND;
/** More than the default `JWT_SECRET_EXPIRES` of 360 s. */
const AFTER_ACCESS_TOKEN = 7 * 60 * SECOND;
/** More than the default `REFRESH_TOKEN_LEEWAY` of 10 s. */
const AFTER_LEEWAY = 11 * SECOND;

const REFRESH = '/api/token/refresh';

const expectLoggedInAs = ({ username }: TestUser, page: Page) =>
  page.locator('#me-name', { hasText: username }).waitFor();

/** Logs in with the form of the open page. */
export const logInAs = async (user: TestUser, page: Page): Promise<void> => {
  await page.getByLabel('Name or e-mail address').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expectLoggedInAs(user, page);
};

/** Defines tests of the demo page in a real browser. */
export const describeDemoScenarios = ({
  server,
  pageUrl,
  untrustedUrl,
  openContext,
}: DemoSetup): void => {
  let context: BrowserContext;
  let ada: TestUser;

  beforeEach(async () => {
    context = await openContext();
    context.setDefaultTimeout(ELEMENT_TIMEOUT);
    ada = await createUser(server);
  });

  afterEach(() => context.close());

  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(pageUrl);
    return page;
  };

  const logIn = async (): Promise<Page> => {
    const page = await open();
    await logInAs(ada, page);
    return page;
  };

  const expectLoggedIn = (page: Page) => expectLoggedInAs(ada, page);

  const expectLoggedOut = (page: Page) =>
    page.getByRole('heading', { name: 'Log in', exact: true }).waitFor();

  const expectNotice = (page: Page, text: string | RegExp) =>
    page.locator('#notice', { hasText: text }).waitFor();

  const generation = async (): Promise<number> => {
    const [session] = await storedSessions(server, ada);
    return Number(session?.generation);
  };

  const openFourTabs = async (): Promise<Page[]> => {
    const pages = [await logIn(), await open(), await open(), await open()];
    await Promise.all(pages.map(expectLoggedIn));
    return pages;
  };

  /** Lets all tabs get a 401 at the same time. Resolves to the number of refresh requests. */
  const refreshAtOnce = async (pages: readonly Page[]): Promise<number> => {
    server.clock.advance(AFTER_ACCESS_TOKEN);
    const statuses: number[] = [];
    context.on('response', (response) => {
      const isRefresh = response.url().endsWith(REFRESH) && response.request().method() === 'POST';
      if (isRefresh) statuses.push(response.status());
    });
    const before = await generation();

    await Promise.all(
      pages.map((page) => page.getByRole('button', { name: 'Five requests at once' }).click()),
    );

    await Promise.all(
      pages.map((page) =>
        page.getByText('Five requests at once: 200, 200, 200, 200, 200').waitFor(),
      ),
    );
    await Promise.all(pages.map(expectLoggedIn));
    expect(statuses).toEqual(statuses.map(() => 200));
    expect(await generation()).toBe(before + 1);
    return statuses.length;
  };

  /** Opens the untrusted page without its script, and records the statuses of the API's responses to it. */
  const openUntrustedPage = async (apiUrl: string) => {
    const page = await context.newPage();
    await page.route('**/*.js', (route) => route.abort());
    await page.goto(untrustedUrl);
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(apiUrl)) statuses.push(response.status());
    });
    return { page, statuses };
  };

  const apiUrlOf = (page: Page) => page.locator('#api-url').innerText();

  it('stays logged in after a reload', async () => {
    const page = await logIn();

    await page.reload();

    await expectLoggedIn(page);
  });

  /** Reads when the cookies expire; -1 for a session cookie (Playwright, `BrowserContext.cookies`). */
  const cookieExpiries = async () => (await context.cookies()).map(({ expires }) => expires);

  it('sets a cookie that outlives the browser after a login with "Stay signed in"', async () => {
    await logIn();

    const expiries = await cookieExpiries();
    expect(expiries).toHaveLength(1);
    expect(expiries[0]).toBeGreaterThan(0);
  });

  it('sets a cookie that ends with the browser after a login without "Stay signed in"', async () => {
    const page = await open();
    await page.getByLabel('Stay signed in').uncheck();
    await logInAs(ada, page);
    expect(await cookieExpiries()).toEqual([-1]);

    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Got a new access token').waitFor();

    expect(await cookieExpiries()).toEqual([-1]);
    await page.reload();
    await expectLoggedIn(page);
  });

  it('sets a cookie that ends with the browser after a registration without "Stay signed in"', async () => {
    const page = await open();
    const username = `user-${randomUUID()}`;
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByLabel('Name').fill(username);
    await page.getByLabel('E-mail address', { exact: true }).fill(`${username}@example.com`);
    await page.getByLabel('Password').fill('correct-horse');
    await page.getByLabel('Stay signed in').uncheck();
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await page.locator('#me-name', { hasText: username }).waitFor();

    expect(await cookieExpiries()).toEqual([-1]);
  });

  it('keeps four tabs logged in that refresh at once, with one request', async () => {
    expect(await refreshAtOnce(await openFourTabs())).toBe(1);
  });

  it('keeps four tabs logged in that refresh at once without BroadcastChannel and locks', async () => {
    await context.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'BroadcastChannel');
      Object.defineProperty(navigator, 'locks', { value: undefined });
    });

    const pages = await openFourTabs();
    // All four requests have the same cookie. Only the leeway keeps the tabs logged in.
    holdRequestsUntil(server, REFRESH, pages.length);

    expect(await refreshAtOnce(pages)).toBe(pages.length);
  });

  it('logs out all tabs when one logs out', async () => {
    const [first, ...others] = await openFourTabs();

    await first?.getByRole('button', { name: 'Log out', exact: true }).first().click();

    await Promise.all(others.map((page) => expectNotice(page, 'You logged out in another tab.')));
    await Promise.all(others.map(expectLoggedOut));
    expect(await storedSessions(server, ada)).toMatchObject([{ revokedReason: 'logout' }]);
  });

  it('recovers when the response to a refresh is lost', async () => {
    const page = await logIn();
    const before = await generation();
    const response = dropNextResponse(server, REFRESH);

    await page.getByRole('button', { name: 'Refresh now' }).click();

    await page.getByText('Got a new access token').waitFor();
    expect(response.isDropped).toBe(true);
    expect(await generation()).toBe(before + 1);
    await page.reload();
    await expectLoggedIn(page);
  });

  it('keeps tokens out of reach of scripts in cookies, storage, caches and markup', async () => {
    const page = await logIn();
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Got a new access token').waitFor();

    const readable = await page.evaluate(async () => ({
      cookie: document.cookie,
      storage: JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        window.name,
        history.state,
      ]),
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      markup: document.documentElement.outerHTML,
    }));

    // A mark without a secret: somebody has logged in.
    const mark = { [`auth ${await apiUrlOf(page)}/api`]: 'cookie' };
    expect(readable).toMatchObject({ cookie: '', storage: JSON.stringify([mark, {}, '', null]) });
    expect(readable).toMatchObject({ databases: [], caches: [] });
    expect(readable.markup).not.toContain('eyJ');
    const cookies = await context.cookies();
    expect(cookies.map(({ name }) => name).sort()).toEqual(['refreshToken']);
    expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);
  });

  it('gives an untrusted origin no token, and does not let it end the session', async () => {
    const page = await logIn();
    const apiUrl = await apiUrlOf(page);
    const before = await generation();
    const untrusted = await openUntrustedPage(apiUrl);

    const outcomes = await untrusted.page.evaluate(async (api) => {
      const post = { method: 'POST', credentials: 'include' } as const;
      const paths = ['/api/token/refresh', '/api/auth/refresh', '/api/auth/logout'];
      const messages: unknown[] = [];
      new BroadcastChannel(`auth ${api}/api`).onmessage = ({ data }) => messages.push(data);
      const requests = paths.flatMap((path) => [
        fetch(api + path, post),
        fetch(api + path, { ...post, mode: 'no-cors' }),
        fetch(api + path, {
          ...post,
          mode: 'no-cors',
          body: new URLSearchParams({ scope: 'all' }),
        }),
      ]);
      requests.push(fetch(`${api}/api/users/me`, { credentials: 'include' }));
      const results = await Promise.allSettled(requests);
      return {
        // A page can read nothing of a `no-cors` response, whose type is `opaque` (Fetch standard).
        types: results.map((result) =>
          result.status === 'fulfilled' ? result.value.type : 'error',
        ),
        messages,
      };
    }, apiUrl);

    expect(new Set(outcomes.types)).toEqual(new Set(['error', 'opaque']));
    expect(outcomes.messages).toEqual([]);
    expect(untrusted.statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(6);
    expect(untrusted.statuses.filter((status) => status < 400)).toEqual([]);
    expect(await generation()).toBe(before);
    await page.reload();
    await expectLoggedIn(page);
  });

  it('does not log out when an untrusted origin submits a form', async () => {
    const page = await logIn();
    const apiUrl = await apiUrlOf(page);
    const untrusted = await openUntrustedPage(apiUrl);

    const response = untrusted.page.waitForResponse(`${apiUrl}/api/auth/logout`);
    await untrusted.page.evaluate((api) => {
      const form = document.createElement('form');
      form.method = 'POST';
      form.action = `${api}/api/auth/logout`;
      document.body.append(form);
      form.submit();
    }, apiUrl);

    expect((await response).status()).toBe(403);
    await page.reload();
    await expectLoggedIn(page);
  });

  it('explains a logout that happens because a stolen cookie was replayed', async () => {
    const page = await logIn();
    const stolen = (await context.cookies())
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Got a new access token').waitFor();
    server.clock.advance(AFTER_LEEWAY);

    await server.request().post(REFRESH).set('Cookie', stolen).expect(401);
    await page.getByRole('button', { name: 'Reload' }).click();

    await expectNotice(page, 'You were signed out for your safety.');
    await expectLoggedOut(page);
    expect(await storedSessions(server, ada)).toMatchObject([{ revokedReason: 'reuse-detected' }]);
  });
};
