import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../tests/helpers/process';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { bundlePage } from '../helpers/page-script';
import { isRunnable } from '../helpers/requirements';

const pagePort = await freePort();
const pageUrl = `http://localhost:${pagePort}`;

/** A page that a server has rendered, and which is hydrated when its user is known already. */
const HYDRATED = `
  import { createSSRApp, h } from 'vue';
  import { createAuthClient } from 'strapi-refresh-token-client';
  import { authPlugin, useAuth } from 'strapi-refresh-token-client/vue';
  const auth = createAuthClient({ url: import.meta.env.VITE_API_URL });
  const render = ({ state }) => h('h1', state.user?.username ?? state.status);
  const app = createSSRApp({ setup: useAuth, render }).use(authPlugin, auth);
  auth.token().then(() => app.mount('#root'));`;

describe.runIf(isRunnable('The Vue app', { Chromium: chromiumPath !== undefined }))(
  'The Vue app of docs/clients.md',
  () => {
    const server = useServer({ CLIENT_ORIGINS: pageUrl });
    const scripts = new Map<string, string>();
    const pages = createServer(({ url = '/' }, response) => {
      const script = scripts.get(url.replace('.js', ''));
      if (url.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript').end(script);
      else {
        const root = url === '/hydrated' ? '<h1>loading</h1>' : '';
        const html = `<!doctype html><div id="root">${root}</div><script type="module" src="${url}.js"></script>`;
        response.setHeader('Content-Type', 'text/html').end(html);
      }
    });
    let browser: Browser;
    let context: BrowserContext;
    let ada: TestUser;
    /** What Vue writes to the console: for instance that a page is hydrated with other content. */
    const warnings: string[] = [];

    beforeAll(async () => {
      const apiUrl = `http://localhost:${portOf(server)}`;
      scripts.set('/', await bundlePage("import './examples/vue/main.ts';", apiUrl));
      scripts.set('/hydrated', await bundlePage(HYDRATED, apiUrl));
      await once(pages.listen(pagePort), 'listening');
      browser = await launchChromium();
    });
    beforeEach(async () => {
      context = await browser.newContext();
      ada = await createUser(server);
    });
    afterEach(() => context.close());
    afterAll(async () => {
      await browser?.close();
      pages.close();
    });

    const open = async (path = '/'): Promise<Page> => {
      const page = await context.newPage();
      page.on('pageerror', (error) => expect.fail(error.message));
      page.on('console', (message) => {
        if (message.text().includes('Vue')) warnings.push(message.text());
      });
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

    it('logs in, is logged in after a reload, and logs out in all tabs', async () => {
      const page = await open();
      await logIn(ada, page);
      await page.reload();
      await page.getByRole('heading', { name: ada.username }).waitFor();
      const other = await open();
      await other.getByRole('heading', { name: ada.username }).waitFor();

      await page.getByRole('button', { name: 'Log out' }).click();

      await page.getByText('logout').waitFor();
      await other.getByRole('button', { name: 'Log in' }).waitFor();
    });

    it('is hydrated as the server has rendered it, and then shows the user', async () => {
      await logIn(ada, await open());

      const page = await open('/hydrated');

      await page.getByRole('heading', { name: ada.username }).waitFor();
      expect(warnings).toEqual([]);
    });
  },
);
