import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startFakeOAuthProvider,
  type FakeOAuthProvider,
} from '../../tests/helpers/fake-oauth-provider';
import { freePort } from '../../tests/helpers/process';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { isRunnable } from '../helpers/requirements';

const appPort = await freePort();
const appUrl = `http://localhost:${appPort}`;

describe.skipIf(!isRunnable('Provider login', { Chromium: chromiumPath !== undefined }))(
  'a login through an OAuth 2 provider in a browser',
  () => {
    const server = useServer({ CLIENT_ORIGINS: appUrl });
    let provider: FakeOAuthProvider;
    let browser: Browser;
    let api: string;
    const app = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<title>App</title>');
    });

    beforeAll(async () => {
      await once(app.listen(appPort), 'listening');
      provider = await startFakeOAuthProvider(server, `${appUrl}/connected`);
      api = `http://localhost:${portOf(server)}`;
      server.strapi.config.set('server.absoluteUrl', api);
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser.close();
      await provider.stop();
      app.close();
    });

    /** Calls the API from the page, as a web app on another origin does. */
    const call = (page: Page, method: string, path: string, jwt?: string) =>
      page.evaluate(
        async ({ url, ...init }) => {
          const response = await fetch(url, { ...init, credentials: 'include' });
          return { status: response.status, body: (await response.json()) as unknown };
        },
        {
          url: `${api}/api${path}`,
          method,
          headers: { ...(jwt === undefined ? {} : { Authorization: `Bearer ${jwt}` }) } as Record<
            string,
            string
          >,
        },
      ) as Promise<{ status: number; body: { jwt: string; username: string } }>;

    it('starts a session, which a logout ends for good', async () => {
      const username = `user-${randomUUID()}`;
      provider.setProfile({ username, email: `${username}@example.com` });
      const page = await browser.newPage();

      await page.goto(`${api}/api/connect/${provider.name}`);
      const { pathname, search } = new URL(page.url());
      expect(pathname).toBe('/connected');
      const callback = `/auth/${provider.name}/callback${search}`;

      const login = await call(page, 'GET', callback);
      expect(login.status).toBe(200);
      const me = await call(page, 'GET', '/users/me', login.body.jwt);
      expect(me).toMatchObject({ status: 200, body: { username } });
      const refreshed = await call(page, 'POST', '/token/refresh');
      expect(refreshed.status).toBe(200);

      expect((await call(page, 'POST', '/auth/logout')).status).toBe(200);
      expect((await call(page, 'GET', '/users/me', refreshed.body.jwt)).status).toBe(401);
      expect((await call(page, 'POST', '/token/refresh')).status).toBe(400);
      expect((await call(page, 'GET', callback)).status).toBe(400);
    });
  },
);
