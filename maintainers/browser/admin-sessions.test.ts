import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BUILD_TIMEOUT,
  openAdminPanel,
  startWithAdminPanel,
  type AdminPage,
  type AdminPanel,
} from '../helpers/admin-panel';
import { createAdmin, SESSIONS_READ, USERS_READ, type Admin } from '../../tests/helpers/admins';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { createUser, type TestUser } from '../../tests/helpers/users';
import type { RunningStrapi } from '../../tests/helpers/process';
import { isRunnable } from '../helpers/requirements';
import type { TestServer } from '../../tests/helpers/server';
import { insertManySessions } from '../helpers/many-sessions';

const CROWD = 10_000;
const PATH = '/admin/plugins/users-permissions/sessions';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

/** Somebody with an account, as the Content Manager knows them. */
interface Account extends TestUser {
  readonly documentId: string;
}

const isHere = isRunnable('the sessions in the admin panel', { chromium: !!chromiumPath });

describe.runIf(isHere)('the sessions in the admin panel', () => {
  let strapi: RunningStrapi;
  let browser: Browser;
  let superAdmin: Admin;
  let reader: Admin;
  let outsider: Admin;
  const people: Account[] = [];
  const panels = new Map<Admin, Promise<AdminPanel>>();

  const prepare = async (server: TestServer): Promise<void> => {
    await insertManySessions(server, CROWD);
    superAdmin = await createAdmin(server);
    reader = await createAdmin(server, [USERS_READ, SESSIONS_READ]);
    outsider = await createAdmin(server, [USERS_READ]);
    for (let made = 0; made < 4; made += 1) {
      const user = await createUser(server);
      const { documentId } = await server.strapi.db
        .query('plugin::users-permissions.user')
        .findOne({ where: { id: user.id } });
      people.push({ ...user, documentId });
    }
  };

  beforeAll(async () => {
    strapi = await startWithAdminPanel(prepare);
    browser = await launchChromium();
  }, BUILD_TIMEOUT);

  afterAll(async () => {
    await browser?.close();
    await strapi?.stop();
  });

  /** Logs a user of their own for each test in, and resolves to what their API calls answer. */
  const loggedIn = async (index: number) => {
    const user = people[index];
    if (!user) throw new Error(`There is no user ${index}`);
    const answer = await fetch(`${strapi.url}/api/auth/local`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': FIREFOX },
      body: JSON.stringify({ identifier: user.username, password: user.password }),
    });
    const { jwt } = (await answer.json()) as { jwt: string };
    const callApi = async () => {
      const headers = { Authorization: `Bearer ${jwt}` };
      return (await fetch(`${strapi.url}/api/users/me`, { headers })).status;
    };
    expect(await callApi()).toBe(200);
    return { ...user, callApi };
  };

  const userPage = ({ documentId }: Account) =>
    `${strapi.url}/admin/content-manager/collection-types/plugin::users-permissions.user/${documentId}`;

  /** Runs with the admin panel open; whatever the browser complains of fails the test. */
  const inAdminPanel = async (
    admin: Admin,
    run: (page: AdminPage['page']) => Promise<void>,
    appearance: Parameters<AdminPanel['open']>[0] = {},
  ): Promise<void> => {
    const panel = panels.get(admin) ?? openAdminPanel(browser, strapi.url, admin);
    panels.set(admin, panel);
    const { page, complaints } = await (await panel).open(appearance);
    try {
      await run(page);
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
    }
  };

  const rowsOf = (page: AdminPage['page']): Locator => page.getByRole('grid').locator('tbody tr');

  describe('the page "Sessions"', () => {
    it('finds the session of somebody among 10,000 and ends it: their next call is refused', async () => {
      const { username, email, callApi } = await loggedIn(0);

      await inAdminPanel(superAdmin, async (page) => {
        await page.getByRole('link', { name: 'Sessions', exact: true }).click();
        await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
        await page.getByText(/sessions found/).waitFor();
        await page.getByRole('button', { name: 'Search', exact: true }).click();
        await page.getByPlaceholder('User, e-mail, device or address').fill(username);
        await page.keyboard.press('Enter');
        await page.getByText('1 session found').waitFor();

        const row = rowsOf(page).filter({ hasText: email });
        expect(await row.innerText()).toMatch(/Firefox on Linux\s+127\.0\.0\.1[^]*LIVE/i);
        await row.getByRole('button', { name: /^End/ }).click();
        const dialog = page.getByRole('alertdialog');
        expect(await dialog.innerText()).toContain(username);
        expect(await callApi(), 'before it is confirmed').toBe(200);
        await dialog.getByRole('button', { name: 'End session' }).click();

        await page.getByText('1 session ended').waitFor();
        await row.getByText('Ended by an admin').waitFor();
        expect(await row.getByRole('button', { name: /^End/ }).count()).toBe(0);
        expect(await callApi()).toBe(401);
      });
    });

    it('ends all that match, after saying how many', async () => {
      const first = await loggedIn(1);
      await loggedIn(1);
      const bystander = await loggedIn(2);

      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(`${strapi.url}${PATH}?_q=${first.username}`);
        await page.getByRole('button', { name: 'End all that match' }).click();
        const dialog = page.getByRole('alertdialog');
        await dialog.getByText('2 live sessions end at once.').waitFor();
        await dialog.getByRole('button', { name: 'End sessions' }).click();
        await page.getByText('2 sessions ended').waitFor();
      });

      expect(await first.callApi()).toBe(401);
      expect(await bystander.callApi()).toBe(200);
    });

    it('keeps search, state, order and page in its address', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(`${strapi.url}${PATH}?pageSize=10`);
        await page.getByRole('combobox', { name: 'Filter by state' }).click();
        await page.getByRole('option', { name: 'Reuse detected' }).click();
        await rowsOf(page).filter({ hasText: 'An old refresh token came back' }).first().waitFor();
        await page.getByRole('grid').locator('th', { hasText: 'Login' }).click();
        await page.getByRole('link', { name: 'Go to page 2' }).click();
        await page.waitForURL(/page=2/);
        const { searchParams } = new URL(page.url());
        expect(Object.fromEntries(searchParams)).toMatchObject({
          state: 'reuse-detected',
          page: '2',
          sort: 'loginAt:ASC',
        });

        const firstOfPage = () =>
          rowsOf(page)
            .filter({ hasText: '@example.com' })
            .first()
            .locator('td')
            .first()
            .innerText();
        await page.waitForLoadState('networkidle');
        const seen = await firstOfPage();
        await page.reload();
        expect(await firstOfPage()).toBe(seen);
        await page.goBack();
        await expect.poll(firstOfPage).not.toBe(seen);
      });
    });

    it('says when nothing matches', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(`${strapi.url}${PATH}?_q=nobody-of-this-name`);
        await page.getByText('No session matches.').waitFor();
      });
    });

    it('shows figures, the days as a table for who cannot see the chart', async () => {
      await inAdminPanel(reader, async (page) => {
        await page.goto(`${strapi.url}${PATH}`);
        await page.getByText('Live sessions').waitFor();
        const logins = page.getByRole('table', { name: 'Logins per day' });
        expect(await logins.getByRole('row').count()).toBe(31);
        const chart = page.getByRole('figure', { name: 'Logins per day' });
        await expect.poll(() => chart.locator('.recharts-bar-rectangle').count()).toBe(30);
      });
    });

    it('asks by keyboard, too, and puts the focus back', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(`${strapi.url}${PATH}?state=live`);
        const end = rowsOf(page).first().getByRole('button', { name: /^End/ });
        await end.focus();
        await page.keyboard.press('Enter');
        await page.getByRole('alertdialog', { name: 'End this session?' }).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('alertdialog').waitFor({ state: 'detached' });
        expect(await end.evaluate((button) => button === document.activeElement)).toBe(true);
      });
    });

    it('is dark in the dark theme', async () => {
      const brightness = async (theme: 'light' | 'dark') => {
        let color = '';
        await inAdminPanel(
          reader,
          async (page) => {
            await page.goto(`${strapi.url}${PATH}`);
            const card = page.getByRole('figure').first().locator('..');
            color = await card.evaluate((element) => getComputedStyle(element).backgroundColor);
          },
          { theme },
        );
        return Number(/\d+/.exec(color)?.[0]);
      };

      expect(await brightness('dark')).toBeLessThan(64);
      expect(await brightness('light')).toBeGreaterThan(192);
    });

    it('speaks German to who has chosen it', async () => {
      await inAdminPanel(
        reader,
        async (page) => {
          await page.goto(`${strapi.url}${PATH}?state=ended`);
          await page.getByRole('heading', { name: 'Sitzungen', level: 1 }).waitFor();
          await rowsOf(page).filter({ hasText: 'Abgemeldet' }).first().waitFor();
        },
        { language: 'de' },
      );
    });
  });

  describe('the panel beside a user', () => {
    it('shows where they are logged in, and ends it', async () => {
      const user = await loggedIn(3);

      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(userPage(user));
        const panel = page.locator('aside').filter({ hasText: 'Last login' });
        await panel.getByText('Firefox on Linux').waitFor();
        expect(await panel.innerText()).toContain('127.0.0.1');
        await panel.getByRole('button', { name: 'End all sessions' }).click();
        const dialog = page.getByRole('alertdialog');
        await dialog.getByRole('button', { name: 'End all sessions' }).click();
        await page.getByText('1 session ended').waitFor();
        await panel.getByText('Not logged in anywhere.').waitFor();
        expect(await user.callApi()).toBe(401);

        await panel.getByRole('link', { name: 'All sessions of this user' }).click();
        await page.getByText(`User: ${user.username}`).waitFor();
        await page.getByText('1 session found').waitFor();
      });
    });

    it('is not there while a user is being created', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await page.goto(userPage({ documentId: 'create' } as Account));
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.locator('aside').filter({ hasText: 'Last login' }).count()).toBe(0);
      });
    });
  });

  it('the widget on the home page shows how many are logged in, and leads to the page', async () => {
    await inAdminPanel(reader, async (page) => {
      const widget = page.getByRole('region', { name: 'Sessions' });
      await widget.getByText('Live sessions').waitFor();
      expect(await widget.innerText()).toMatch(/Live sessions\s+\d,\d{3}/);
      await widget.getByRole('link', { name: 'Open sessions' }).click();
      await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    });
  });

  describe('without the permission to revoke', () => {
    it('sessions are shown, and there is no button to end one', async () => {
      const [user] = people;
      await inAdminPanel(reader, async (page) => {
        await page.goto(`${strapi.url}${PATH}?state=live`);
        await rowsOf(page).nth(5).waitFor();
        expect(await page.getByRole('button', { name: /^End/ }).count()).toBe(0);
        if (user) await page.goto(userPage(user));
        await page.locator('aside').filter({ hasText: 'Last login' }).waitFor();
        expect(await page.getByRole('button', { name: /^End/ }).count()).toBe(0);
      });
    });
  });

  describe('without the permission to read', () => {
    it('there is no page, no panel and no widget', async () => {
      const [user] = people;
      await inAdminPanel(outsider, async (page) => {
        await page.getByRole('region', { name: 'Profile' }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.getByRole('region', { name: 'Sessions' }).count()).toBe(0);
        expect(await page.getByRole('link', { name: 'Sessions' }).count()).toBe(0);

        await page.goto(`${strapi.url}${PATH}`);
        await page.getByText(/don't have the permissions/).waitFor();

        if (user) await page.goto(userPage(user));
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.locator('aside').filter({ hasText: 'Last login' }).count()).toBe(0);
      });
    });

    it('the API answers 403', async () => {
      const { headers } = outsider;
      const statusOf = async (path: string, options: RequestInit = {}) =>
        (await fetch(`${strapi.url}/users-permissions/sessions${path}`, { ...options, headers }))
          .status;

      expect(await statusOf('')).toBe(403);
      expect(await statusOf('/statistics')).toBe(403);
      expect(await statusOf('/revoke', { method: 'POST' })).toBe(403);
    });
  });
});
