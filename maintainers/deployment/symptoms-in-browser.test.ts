import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { behindNginx, portOf } from '../helpers/behind-nginx';
import { chromiumPath, openProfile } from '../helpers/chromium';
import type { NginxOptions } from '../helpers/nginx';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { hasProgram, isRunnable } from '../helpers/requirements';
import type { TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * The symptoms of docs/deploying.md that a browser causes, by what it does with cookies; see
 * symptoms.test.ts. Every name below `.test` leads to nginx and TLS, every name below `.plain`
 * straight to the server.
 */

const API = 'https://api.example.test';
const APP = 'https://app.example.test';
/** Another registrable domain, so another site. */
const APP_ELSEWHERE = 'https://app.elsewhere.test';

const PRODUCTION = { NODE_ENV: 'production', IS_PROXIED: 'true' };
const REFRESHED = { status: 200 };
const MISSING = { status: 400, message: 'Missing refresh token' };

const runnable = isRunnable('Symptoms in a browser', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  Chromium: chromiumPath !== undefined,
});

interface Front extends NginxOptions {
  readonly thirdPartyCookies?: 'allowed' | 'blocked';
}

/** Starts a browser for which the server, behind nginx, has every name there is. */
const browse = (
  server: TestServer,
  { thirdPartyCookies = 'allowed', ...front }: Front,
  visit: (window: BrowserContext) => Promise<void>,
): Promise<void> =>
  behindNginx([portOf(server)], front, async (site) => {
    const rules = [
      `MAP *.test 127.0.0.1:${new URL(site.origin).port}`,
      `MAP *.plain 127.0.0.1:${portOf(server)}`,
    ];
    const window = await openProfile(thirdPartyCookies, [
      `--host-resolver-rules=${rules.join(', ')}`,
    ]);
    try {
      await visit(window);
    } finally {
      await window.close();
    }
  });

/** Opens a page of this origin. What it shows does not matter: any answer of the server will do. */
const openPage = async (window: BrowserContext, origin: string): Promise<Page> => {
  const page = await window.newPage();
  await page.goto(`${origin}/api/photos`);
  return page;
};

interface Call {
  readonly url: string;
  readonly body?: object;
  readonly credentials?: 'include' | 'same-origin';
}

/** What the script of a page sees of a request that it sends. */
const post = (page: Page, call: Call): Promise<{ status?: number; message?: string }> =>
  page.evaluate(async ({ url, body, credentials = 'include' }) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        credentials,
        ...(body && {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const { error } = (await response.json()) as { error?: { message: string } };
      return { status: response.status, ...(error && { message: error.message }) };
    } catch (error) {
      return { message: String(error) };
    }
  }, call);

interface Servers {
  /** Where the page logs in, and where it refreshes. */
  readonly loginAt?: string;
  readonly refreshAt?: string;
  readonly credentials?: Call['credentials'];
}

/** Logs in from a page, and resolves to what it gets when it refreshes. */
const logInAndRefresh = async (
  page: Page,
  { username, password }: TestUser,
  { loginAt = `${API}/api`, refreshAt = loginAt, credentials }: Servers = {},
) => {
  const body = { identifier: username, password };
  const login = await post(page, { url: `${loginAt}/auth/local`, body, credentials });
  if (login.status !== 200) return login;
  return post(page, { url: `${refreshAt}/token/refresh`, credentials });
};

/** All of it: a server with these variables, a page of this origin, a login and a refresh. */
const refreshFrom = async (
  origin: string,
  variables: Record<string, string>,
  { front = {}, servers }: { front?: Front; servers?: Servers } = {},
) => {
  let seen: { status?: number; message?: string } = {};
  await withServer({ ...PRODUCTION, ...variables }, async (server) => {
    const user = await createUser(server);
    await browse(server, front, async (window) => {
      seen = await logInAndRefresh(await openPage(window, origin), user, servers);
    });
  });
  return seen;
};

describe.skipIf(!runnable)('In the table of docs/deploying.md, in Chromium:', () => {
  it('The login fails with `Failed to fetch`; the console speaks of CORS', async () => {
    expect(await refreshFrom(APP, {})).toEqual({ message: 'TypeError: Failed to fetch' });

    expect(await refreshFrom(APP, { CLIENT_ORIGINS: APP })).toEqual(REFRESHED);
  });

  it('400 on refresh; the address of the site begins with `http:`', async () => {
    await withServer(PRODUCTION, async (server) => {
      const user = await createUser(server);
      await browse(server, {}, async (window) => {
        const refreshOn = async (origin: string) =>
          logInAndRefresh(await openPage(window, origin), user, { loginAt: `${origin}/api` });

        expect(await refreshOn('http://api.plain')).toEqual(MISSING);

        expect(await refreshOn(API)).toEqual(REFRESHED);
      });
    });
  });

  it('400 on refresh, from a web app on another origin', async () => {
    const variables = { CLIENT_ORIGINS: APP };
    const without = { servers: { credentials: 'same-origin' } } as const;

    expect(await refreshFrom(APP, variables, without)).toEqual(MISSING);

    expect(await refreshFrom(APP, variables)).toEqual(REFRESHED);
  });

  it('400 on refresh, from a web app on another site', async () => {
    const variables = { CLIENT_ORIGINS: APP_ELSEWHERE };

    expect(await refreshFrom(APP_ELSEWHERE, variables)).toEqual(MISSING);

    const none = { ...variables, REFRESH_COOKIE_SAMESITE: 'none' };
    expect(await refreshFrom(APP_ELSEWHERE, none)).toEqual(REFRESHED);
  });

  it('400 on refresh, in Safari and private windows only', async () => {
    const variables = {
      CLIENT_ORIGINS: `${APP},${APP_ELSEWHERE}`,
      REFRESH_COOKIE_SAMESITE: 'none',
    };
    const front = { thirdPartyCookies: 'blocked' } as const;

    expect(await refreshFrom(APP_ELSEWHERE, variables, { front })).toEqual(MISSING);

    expect(await refreshFrom(APP, variables, { front })).toEqual(REFRESHED);
  });

  it('400 on refresh; the proxy serves the API below a path of its own', async () => {
    const options = {
      front: { path: '/backend/' },
      servers: { loginAt: `${API}/backend/api` },
    };

    expect(await refreshFrom(`${API}/backend`, {}, options)).toEqual(MISSING);

    const told = { REFRESH_COOKIE_PATH: '/backend/api' };
    expect(await refreshFrom(`${API}/backend`, told, options)).toEqual(REFRESHED);
  });

  it('400 on refresh; login and refresh go to different sub-domains', async () => {
    const variables = { CLIENT_ORIGINS: APP };
    const servers = {
      loginAt: 'https://accounts.example.test/api',
      refreshAt: 'https://api.example.test/api',
    };

    expect(await refreshFrom(APP, variables, { servers })).toEqual(MISSING);

    const shared = { ...variables, REFRESH_COOKIE_DOMAIN: 'example.test' };
    expect(await refreshFrom(APP, shared, { servers })).toEqual(REFRESHED);
  });
});
