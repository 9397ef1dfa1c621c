import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { behindNginx } from '../helpers/behind-nginx';
import { chromiumPath, openProfile } from '../helpers/chromium';
import type { NginxOptions } from '../helpers/nginx';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { portOf, type TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * Reproduces the symptoms of docs/deploying.md that come from the way a browser treats cookies and CORS. See
 * symptoms.test.ts. Every host name below `.test` leads to nginx with TLS, every one below `.plain` directly to the
 * server, over HTTP.
 */

const API = 'https://api.example.test';
const APP = 'https://app.example.test';
/** An app on another site than the API: it has another registrable domain. */
const CROSS_SITE_APP = 'https://app.elsewhere.test';

const PRODUCTION = { NODE_ENV: 'production', IS_PROXIED: 'true' };
const REFRESHED = { status: 200 };
const MISSING = { status: 400, message: 'Missing refresh token' };

const runnable = isRunnable('Symptoms in a browser', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  Chromium: chromiumPath !== undefined,
});

interface BrowserSetup extends NginxOptions {
  readonly thirdPartyCookies?: 'allowed' | 'blocked';
}

/** Starts Chromium, in which the host names lead to a server and to an nginx in front of it. */
const browse = (
  server: TestServer,
  { thirdPartyCookies = 'allowed', ...nginxOptions }: BrowserSetup,
  visit: (window: BrowserContext) => Promise<void>,
): Promise<void> =>
  behindNginx([portOf(server)], nginxOptions, async (site) => {
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

/** Opens a page of an origin. The content of the page does not matter, only its origin. */
const openPage = async (window: BrowserContext, origin: string): Promise<Page> => {
  const page = await window.newPage();
  await page.goto(`${origin}/api/photos`);
  return page;
};

interface PageRequest {
  readonly url: string;
  readonly body?: object;
  readonly credentials?: 'include' | 'same-origin';
}

/** Sends a POST request from the script of a page. Resolves to what the script sees of the response. */
const post = (page: Page, request: PageRequest): Promise<{ status?: number; message?: string }> =>
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
  }, request);

interface Endpoints {
  /** The base URL for the login. */
  readonly loginAt?: string;
  /** The base URL for the refresh, by default that of the login. */
  readonly refreshAt?: string;
  readonly credentials?: PageRequest['credentials'];
}

/** Logs in and refreshes from a page. Resolves to the result of the refresh, or of the login if that failed. */
const logInAndRefresh = async (
  page: Page,
  { username, password }: TestUser,
  { loginAt = `${API}/api`, refreshAt = loginAt, credentials }: Endpoints = {},
) => {
  const body = { identifier: username, password };
  const login = await post(page, { url: `${loginAt}/auth/local`, body, credentials });
  if (login.status !== 200) return login;
  return post(page, { url: `${refreshAt}/token/refresh`, credentials });
};

/** Starts a server with these variables, opens a page of an origin, logs in and refreshes from it. */
const refreshFrom = async (
  origin: string,
  variables: Record<string, string>,
  { setup = {}, endpoints }: { setup?: BrowserSetup; endpoints?: Endpoints } = {},
) => {
  let result: { status?: number; message?: string } = {};
  await withServer({ ...PRODUCTION, ...variables }, async (server) => {
    const user = await createUser(server);
    await browse(server, setup, async (window) => {
      result = await logInAndRefresh(await openPage(window, origin), user, endpoints);
    });
  });
  return result;
};

describe.skipIf(!runnable)('Symptoms of docs/deploying.md, in Chromium:', () => {
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
    const withoutCredentials = { endpoints: { credentials: 'same-origin' } } as const;

    expect(await refreshFrom(APP, variables, withoutCredentials)).toEqual(MISSING);

    expect(await refreshFrom(APP, variables)).toEqual(REFRESHED);
  });

  it('400 on refresh, from a web app on another site', async () => {
    const variables = { CLIENT_ORIGINS: CROSS_SITE_APP };

    expect(await refreshFrom(CROSS_SITE_APP, variables)).toEqual(MISSING);

    const sameSiteNone = { ...variables, REFRESH_COOKIE_SAMESITE: 'none' };
    expect(await refreshFrom(CROSS_SITE_APP, sameSiteNone)).toEqual(REFRESHED);
  });

  it('400 on refresh, in Safari and private windows only', async () => {
    const variables = {
      CLIENT_ORIGINS: `${APP},${CROSS_SITE_APP}`,
      REFRESH_COOKIE_SAMESITE: 'none',
    };
    const setup = { thirdPartyCookies: 'blocked' } as const;

    expect(await refreshFrom(CROSS_SITE_APP, variables, { setup })).toEqual(MISSING);

    expect(await refreshFrom(APP, variables, { setup })).toEqual(REFRESHED);
  });

  it('400 on refresh; the proxy serves the API below a path of its own', async () => {
    const options = {
      setup: { path: '/backend/' },
      endpoints: { loginAt: `${API}/backend/api` },
    };

    expect(await refreshFrom(`${API}/backend`, {}, options)).toEqual(MISSING);

    const withPath = { REFRESH_COOKIE_PATH: '/backend/api' };
    expect(await refreshFrom(`${API}/backend`, withPath, options)).toEqual(REFRESHED);
  });

  it('400 on refresh; login and refresh go to different sub-domains', async () => {
    const variables = { CLIENT_ORIGINS: APP };
    const endpoints = {
      loginAt: 'https://accounts.example.test/api',
      refreshAt: 'https://api.example.test/api',
    };

    expect(await refreshFrom(APP, variables, { endpoints })).toEqual(MISSING);

    const withDomain = { ...variables, REFRESH_COOKIE_DOMAIN: 'example.test' };
    expect(await refreshFrom(APP, withDomain, { endpoints })).toEqual(REFRESHED);
  });
});
