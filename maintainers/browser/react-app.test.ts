import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../tests/helpers/process';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { createUser, storedSessions, type TestUser } from '../../tests/helpers/users';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { bundlePage } from '../helpers/page-script';
import { isRunnable } from '../helpers/requirements';

const pagePort = await freePort();
const pageUrl = `http://localhost:${pagePort}`;

/** The app of docs/clients.md, and an app whose effects run twice and close the client that they create. */
const APPS = {
  '/': "import './examples/react/app.tsx';",
  '/strict': `
    import { createElement as h, StrictMode, useEffect, useState } from 'react';
    import { createRoot } from 'react-dom/client';
    import { createAuthClient } from 'strapi-refresh-token-client';
    const App = () => {
      const [state, setState] = useState({ status: 'none' });
      useEffect(() => {
        const auth = createAuthClient({ url: import.meta.env.VITE_API_URL });
        auth.subscribe(setState);
        return () => auth.close();
      }, []);
      return h('h1', null, state.user?.username ?? state.status);
    };
    createRoot(document.getElementById('root')).render(h(StrictMode, null, h(App)));`,
};

const canRun = isRunnable('The React app', { Chromium: chromiumPath !== undefined });

describe.runIf(canRun)('The React app of docs/clients.md', () => {
  const server = useServer({ CLIENT_ORIGINS: pageUrl });
  const scripts = new Map<string, string>();
  const pages = createServer(({ url = '/' }, response) => {
    const script = scripts.get(url.replace('.js', ''));
    if (url.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript').end(script);
    else {
      const html = `<!doctype html><div id="root"></div><script type="module" src="${url}.js"></script>`;
      response.setHeader('Content-Type', 'text/html').end(html);
    }
  });
  let browser: Browser;
  let context: BrowserContext;
  let ada: TestUser;

  beforeAll(async () => {
    const apiUrl = `http://localhost:${portOf(server)}`;
    for (const [path, source] of Object.entries(APPS)) {
      scripts.set(path, await bundlePage(source, apiUrl));
    }
    await once(pages.listen(pagePort), 'listening');
    browser = await launchChromium();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    ada = await createUser(server);
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    pages.close();
  });

  const open = async (path: keyof typeof APPS = '/'): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => expect.fail(error.message));
    await page.goto(`${pageUrl}${path}`);
    return page;
  };

  const logIn = async (user: TestUser, page: Page) => {
    await page.getByPlaceholder('Name or e-mail address').fill(user.username);
    await page.getByPlaceholder('Password').fill(user.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: user.username }).waitFor();
  };

  it('shows why a login is refused', async () => {
    const page = await open();

    await page.getByRole('button', { name: 'Log in' }).click();

    await page.getByText('invalid-input').waitFor();
  });

  it('logs in, lists devices, ends one, and logs out in all tabs', async () => {
    await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: ada.username, password: ada.password })
      .expect(200);
    const page = await open();
    await logIn(ada, page);
    const other = await open();
    await other.getByRole('heading', { name: ada.username }).waitFor();

    await page.getByRole('button', { name: 'End' }).click();
    await page.getByRole('button', { name: 'End' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('listitem').count()).toBe(1);
    await page.getByRole('button', { name: 'Log out' }).click();

    for (const tab of [page, other]) await tab.getByRole('button', { name: 'Log in' }).waitFor();
    const reasons = (await storedSessions(server, ada)).map(({ revokedReason }) => revokedReason);
    expect(reasons.sort()).toEqual(['logout', 'revoked-by-user']);
  });

  it('shows nothing of the former user after another login in another tab', async () => {
    const page = await open();
    await logIn(ada, page);
    const other = await open();
    await other.getByRole('button', { name: 'Log out' }).click();
    const bob = await createUser(server);

    await logIn(bob, other);

    await page.getByRole('heading', { name: bob.username }).waitFor();
    expect(await page.getByText(ada.username).count()).toBe(0);
  });

  it('restores the login with a client that an effect of React closes and creates again', async () => {
    await logIn(ada, await open());

    const page = await open('/strict');

    await page.getByRole('heading', { name: ada.username }).waitFor();
  });
});
