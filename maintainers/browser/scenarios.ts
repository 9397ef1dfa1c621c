import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdUntil } from './held-requests';
import { loseNextAnswer } from './lost-answer';
import { createUser, storedSessions, type TestUser } from '../../tests/helpers/users';
import type { SuiteServer } from '../../tests/helpers/suite';

/** Where the stories are told. */
export interface ScenarioContext {
  readonly server: SuiteServer;
  readonly pageUrl: string;
  /** An origin that the API does not know. */
  readonly evilUrl: string;
  /** Starts a browser, or a window of one, that knows nobody yet. */
  openContext(): Promise<BrowserContext>;
}

const SECOND = 1000;
/** How long something may take to appear; more than a slow machine needs. */
const PATIENCE = 20 * SECOND;
/** Longer than an access token lives. */
const ACCESS_TOKEN_IS_OVER = 7 * 60 * SECOND;
/** Longer than the leeway. */
const LEEWAY_IS_OVER = 11 * SECOND;

const REFRESH = '/api/token/refresh';

const isLoggedInAs = ({ username }: TestUser, page: Page) =>
  page.locator('#me-name', { hasText: username }).waitFor();

/** Logs in on the open page. */
export const logInAs = async (user: TestUser, page: Page): Promise<void> => {
  await page.getByLabel('Name or e-mail address').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await isLoggedInAs(user, page);
};

/** Tells, in a real browser, what the page does for its user. */
export const describeScenarios = ({ server, pageUrl, evilUrl, openContext }: ScenarioContext): void => {
  let context: BrowserContext;
  let ada: TestUser;

  beforeEach(async () => {
    context = await openContext();
    context.setDefaultTimeout(PATIENCE);
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

  const isLoggedIn = (page: Page) => isLoggedInAs(ada, page);

  const isLoggedOut = (page: Page) =>
    page.getByRole('heading', { name: 'Log in', exact: true }).waitFor();

  const says = (page: Page, words: string | RegExp) =>
    page.locator('#notice', { hasText: words }).waitFor();

  const generation = async (): Promise<number> => {
    const [session] = await storedSessions(server, ada);
    return Number(session?.generation);
  };

  const openFour = async (): Promise<Page[]> => {
    const pages = [await logIn(), await open(), await open(), await open()];
    await Promise.all(pages.map(isLoggedIn));
    return pages;
  };

  /** All four get a 401 at the same time. Gives how many requests for a new token that takes. */
  const refreshAtOnce = async (pages: readonly Page[]): Promise<number> => {
    server.clock.advance(ACCESS_TOKEN_IS_OVER);
    const statuses: number[] = [];
    context.on('response', (answer) => {
      const isRefresh = answer.url().endsWith(REFRESH) && answer.request().method() === 'POST';
      if (isRefresh) statuses.push(answer.status());
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
    await Promise.all(pages.map(isLoggedIn));
    expect(statuses).toEqual(statuses.map(() => 200));
    expect(await generation()).toBe(before + 1);
    return statuses.length;
  };

  /** A page of an origin that the API does not know, and the answers that the API gives it. */
  const openEvil = async (apiUrl: string) => {
    const page = await context.newPage();
    await page.route('**/*.js', (route) => route.abort());
    await page.goto(evilUrl);
    const statuses: number[] = [];
    page.on('response', (answer) => {
      if (answer.url().startsWith(apiUrl)) statuses.push(answer.status());
    });
    return { page, statuses };
  };

  const apiUrlOf = (page: Page) => page.locator('#api-url').innerText();

  it('A login survives a reload', async () => {
    const page = await logIn();

    await page.reload();

    await isLoggedIn(page);
  });

  it('Four tabs refresh at once, with one request, and none is logged out', async () => {
    expect(await refreshAtOnce(await openFour())).toBe(1);
  });

  it('Four tabs that cannot talk to each other refresh at once, and none is logged out', async () => {
    await context.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'BroadcastChannel');
      Object.defineProperty(navigator, 'locks', { value: undefined });
    });

    const pages = await openFour();
    // All four with the same cookie: only the leeway can save them.
    holdUntil(server, REFRESH, pages.length);

    expect(await refreshAtOnce(pages)).toBe(pages.length);
  });

  it('A logout in one tab is one in all', async () => {
    const [first, ...others] = await openFour();

    await first?.getByRole('button', { name: 'Log out', exact: true }).first().click();

    await Promise.all(others.map((page) => says(page, 'You logged out in another tab.')));
    await Promise.all(others.map(isLoggedOut));
    expect(await storedSessions(server, ada)).toMatchObject([{ revokedReason: 'logout' }]);
  });

  it('A refresh whose answer is lost on the way recovers', async () => {
    const page = await logIn();
    const before = await generation();
    const answer = loseNextAnswer(server, REFRESH);

    await page.getByRole('button', { name: 'Refresh now' }).click();

    await page.getByText('Got a new access token').waitFor();
    expect(answer.isLost).toBe(true);
    expect(await generation()).toBe(before + 1);
    await page.reload();
    await isLoggedIn(page);
  });

  it('No script of the page can read a token', async () => {
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

    expect(readable).toMatchObject({ cookie: '', storage: '[{},{},"",null]' });
    expect(readable).toMatchObject({ databases: [], caches: [] });
    expect(readable.markup).not.toContain('eyJ');
    const cookies = await context.cookies();
    expect(cookies.map(({ name }) => name).sort()).toEqual(['refreshToken']);
    expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);
  });

  it('A page of another origin gets nothing, and ends nothing', async () => {
    const page = await logIn();
    const apiUrl = await apiUrlOf(page);
    const before = await generation();
    const evil = await openEvil(apiUrl);

    const outcomes = await evil.page.evaluate(async (api) => {
      const post = { method: 'POST', credentials: 'include' } as const;
      const paths = ['/api/token/refresh', '/api/auth/refresh', '/api/auth/logout'];
      const heard: unknown[] = [];
      new BroadcastChannel(`auth ${api}`).onmessage = ({ data }) => heard.push(data);
      const tries = paths.flatMap((path) => [
        fetch(api + path, post),
        fetch(api + path, { ...post, mode: 'no-cors' }),
        fetch(api + path, {
          ...post,
          mode: 'no-cors',
          body: new URLSearchParams({ scope: 'all' }),
        }),
      ]);
      tries.push(fetch(`${api}/api/users/me`, { credentials: 'include' }));
      const results = await Promise.allSettled(tries);
      return {
        // What a page can read of a `no-cors` answer: nothing, its type is `opaque`.
        read: results.map((result) =>
          result.status === 'fulfilled' ? result.value.type : 'error',
        ),
        heard,
      };
    }, apiUrl);

    expect(new Set(outcomes.read)).toEqual(new Set(['error', 'opaque']));
    expect(outcomes.heard).toEqual([]);
    expect(evil.statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(6);
    expect(evil.statuses.filter((status) => status < 400)).toEqual([]);
    expect(await generation()).toBe(before);
    await page.reload();
    await isLoggedIn(page);
  });

  it('A form of another origin logs nobody out', async () => {
    const page = await logIn();
    const apiUrl = await apiUrlOf(page);
    const evil = await openEvil(apiUrl);

    const answer = evil.page.waitForResponse(`${apiUrl}/api/auth/logout`);
    await evil.page.evaluate((api) => {
      const form = document.createElement('form');
      form.method = 'POST';
      form.action = `${api}/api/auth/logout`;
      document.body.append(form);
      form.submit();
    }, apiUrl);

    expect((await answer).status()).toBe(403);
    await page.reload();
    await isLoggedIn(page);
  });

  it('A stolen cookie that is replayed ends the session, and the page says so', async () => {
    const page = await logIn();
    const stolen = (await context.cookies())
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('Got a new access token').waitFor();
    server.clock.advance(LEEWAY_IS_OVER);

    await server.request().post(REFRESH).set('Cookie', stolen).expect(401);
    await page.getByRole('button', { name: 'Reload' }).click();

    await says(page, 'You were signed out for your safety.');
    await isLoggedOut(page);
    expect(await storedSessions(server, ada)).toMatchObject([{ revokedReason: 'reuse-detected' }]);
  });
};
