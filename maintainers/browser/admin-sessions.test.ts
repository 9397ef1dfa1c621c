import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BUILD_TIMEOUT,
  openAdminPanel,
  startWithAdminPanel,
  type AdminPanel,
} from '../helpers/admin-panel';
import { createAdmin, SESSIONS_READ, USERS_READ, type Admin } from '../../tests/helpers/admins';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { createUser, type TestUser } from '../../tests/helpers/users';
import type { RunningStrapi } from '../../tests/helpers/process';
import { isRunnable } from '../helpers/requirements';
import type { TestServer } from '../../tests/helpers/server';
import { insertManySessions } from '../helpers/many-sessions';

const SESSIONS = 10_000;
/** Every 701st of them has ended because of a reuse, every 750th has the same address. */
const REUSES = 15;
const SAME_ADDRESS = 14;
const PAGE = '/admin/plugins/users-permissions/sessions';
const API = '/users-permissions/sessions';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

const canRun = isRunnable('the sessions in the admin panel', { chromium: !!chromiumPath });

describe.runIf(canRun)('the sessions in the admin panel', () => {
  let strapi: RunningStrapi;
  let browser: Browser;
  let superAdmin: Admin;
  let reader: Admin;
  let adminWithoutSessions: Admin;
  const users: TestUser[] = [];
  const panels = new Map<Admin, Promise<AdminPanel>>();

  const prepare = async (server: TestServer): Promise<void> => {
    await insertManySessions(server, SESSIONS);
    superAdmin = await createAdmin(server);
    reader = await createAdmin(server, [USERS_READ, SESSIONS_READ]);
    adminWithoutSessions = await createAdmin(server, [USERS_READ]);
    for (let count = 0; count < 5; count += 1) users.push(await createUser(server));
  };

  beforeAll(async () => {
    strapi = await startWithAdminPanel(prepare);
    browser = await launchChromium();
  }, BUILD_TIMEOUT);

  afterAll(async () => {
    await browser?.close();
    await strapi?.stop();
  });

  const userAt = (index: number): TestUser => {
    const user = users[index];
    if (!user) throw new Error(`There is no user ${index}`);
    return user;
  };

  /** Logs a user in. `callApi` resolves to the status of a request with the access token. */
  const logIn = async (index: number) => {
    const user = userAt(index);
    const response = await fetch(`${strapi.url}/api/auth/local`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': FIREFOX },
      body: JSON.stringify({ identifier: user.username, password: user.password }),
    });
    const { jwt } = (await response.json()) as { jwt: string };
    const callApi = async () => {
      const headers = { Authorization: `Bearer ${jwt}` };
      return (await fetch(`${strapi.url}/api/users/me`, { headers })).status;
    };
    expect(await callApi()).toBe(200);
    return { ...user, callApi };
  };

  /** Runs a test in the admin panel. It fails when the browser reports an error. */
  const inAdminPanel = async (
    admin: Admin,
    run: (page: Page) => Promise<void>,
    appearance: Parameters<AdminPanel['open']>[0] = {},
  ): Promise<void> => {
    const panel = panels.get(admin) ?? openAdminPanel(browser, strapi.url, admin);
    panels.set(admin, panel);
    const { page, errors } = await (await panel).open(appearance);
    try {
      await run(page);
      expect(errors).toEqual([]);
    } finally {
      await page.close();
    }
  };

  const openSessions = (page: Page, parameters = '') =>
    page.goto(`${strapi.url}${PAGE}${parameters}`);
  const openUser = (page: Page, documentId: string) =>
    page.goto(
      `${strapi.url}/admin/content-manager/collection-types/plugin::users-permissions.user/${documentId}`,
    );
  const parametersOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

  const field = (page: Page, name: string) => page.getByRole('searchbox', { name });
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const endButtons = (page: Page | Locator) => page.getByRole('button', { name: /^End/ });
  const rowsOf = (page: Page) => page.getByRole('grid').locator('tbody tr');
  const sidePanel = (page: Page) => page.locator('aside').filter({ hasText: 'Last login' });

  /** The login times of the rows, in ISO 8601. While a page loads, the only row has none. */
  const loginsOf = (page: Page): Promise<string[]> =>
    rowsOf(page).evaluateAll((rows) =>
      rows.map((row) => row.querySelector('time')?.dateTime ?? ''),
    );

  describe('the page "Sessions"', () => {
    it('finds the session of a user among 10,000 and ends it: the next request is refused', async () => {
      const { username, email, callApi } = await logIn(0);

      await inAdminPanel(superAdmin, async (page) => {
        await page.getByRole('link', { name: 'Sessions', exact: true }).click();
        await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
        await rowsOf(page).nth(19).waitFor();
        await field(page, 'User or e-mail').fill(email.toUpperCase());
        await page.keyboard.press('Enter');
        await expect.poll(() => rowsOf(page).count()).toBe(1);

        const row = rowsOf(page).filter({ hasText: email });
        expect(await row.innerText()).toMatch(/Firefox on Linux\s+127\.0\.0\.1[^]*LIVE/i);
        await endButtons(row).click();
        const dialog = page.getByRole('alertdialog');
        expect(await dialog.innerText()).toContain(username);
        expect(await callApi(), 'before the confirmation').toBe(200);
        await dialog.getByRole('button', { name: 'End session' }).click();

        await page.getByText('1 session ended').waitFor();
        await row.getByText('Ended by an admin').waitFor();
        expect(await endButtons(row).count()).toBe(0);
        expect(await callApi()).toBe(401);
      });
    });

    it('ends all that match, and shows their number before', async () => {
      const first = await logIn(1);
      await logIn(1);
      const bystander = await logIn(2);

      await inAdminPanel(superAdmin, async (page) => {
        await openSessions(page, `?user=${first.username}&device=firefox`);
        await button(page, 'End all that match').click();
        const dialog = page.getByRole('alertdialog');
        await dialog.getByText('2 live sessions end at once.').waitFor();
        await dialog.getByRole('button', { name: 'End sessions' }).click();
        await page.getByText('2 sessions ended').waitFor();
      });

      expect(await first.callApi()).toBe(401);
      expect(await bystander.callApi()).toBe(200);
    });

    it('shows the reuse alarms', async () => {
      await inAdminPanel(reader, async (page) => {
        await openSessions(page);
        await page.getByRole('combobox', { name: 'State' }).click();
        await page.getByRole('option', { name: 'Reuse detected' }).click();
        const alarms = rowsOf(page).filter({ hasText: 'An old refresh token was used again' });
        await expect.poll(() => alarms.count()).toBe(REUSES);
        expect(await alarms.count()).toBe(await rowsOf(page).count());
      });
    });

    it('shows who was on an address when the address of a row is clicked', async () => {
      await inAdminPanel(reader, async (page) => {
        await openSessions(page);
        const link = rowsOf(page).getByRole('link', { name: '203.0.' }).first();
        const address = await link.innerText();
        await link.click();
        await page.waitForURL(/address=/);

        expect(await field(page, 'IP address').inputValue()).toBe(address);
        await expect.poll(() => rowsOf(page).count()).toBe(SAME_ADDRESS);
        expect(await rowsOf(page).filter({ hasText: address }).count()).toBe(SAME_ADDRESS);
      });
    });

    it('keeps the filters in its address: for a link, for a reload and for Back', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await openSessions(page);
        await field(page, 'User or e-mail').fill('ada.');
        await field(page, 'Device').fill('safari on');
        await page.waitForURL(/user=/);
        await page.keyboard.press('Enter');
        await page.waitForURL(/device=/);
        await page.getByRole('combobox', { name: 'State' }).click();
        await page.getByRole('option', { name: 'Ended' }).click();
        await page.waitForURL(/state=/);
        const filters = { user: 'ada.', device: 'safari on', state: 'ended' };
        expect(parametersOf(page)).toMatchObject(filters);
        await rowsOf(page).filter({ hasText: 'Logged out' }).first().waitFor();
        const logins = await loginsOf(page);

        await inAdminPanel(reader, async (other) => {
          await other.goto(page.url());
          await expect.poll(() => loginsOf(other)).toEqual(logins);
        });
        await page.reload();
        await expect.poll(() => loginsOf(page)).toEqual(logins);
        expect(await field(page, 'Device').inputValue()).toBe('safari on');

        await page.goBack();
        await expect.poll(() => loginsOf(page)).not.toEqual(logins);
        expect(parametersOf(page)).not.toHaveProperty('state');
        await page.goBack();
        await expect.poll(() => field(page, 'Device').inputValue()).toBe('');

        await button(page, 'Clear').click();
        await expect.poll(() => parametersOf(page)).not.toHaveProperty('user');
      });
    });

    it('has a page for every session, also while new sessions begin', async () => {
      const listed = async () => {
        const response = await fetch(`${strapi.url}${API}?state=live&pageSize=100`, {
          headers: superAdmin.headers,
        });
        const { results } = (await response.json()) as { results: { loginAt: string }[] };
        return results.map(({ loginAt }) => loginAt);
      };
      const before = await listed();
      const pageAt = (index: number) => before.slice(10 * index, 10 * (index + 1));

      await inAdminPanel(superAdmin, async (page) => {
        const expectPage = (logins: string[]) =>
          expect.poll(() => loginsOf(page)).toEqual(logins);
        await openSessions(page, '?state=live&pageSize=10');
        await expectPage(pageAt(0));
        expect(await button(page, 'Newest').isDisabled()).toBe(true);
        expect(await button(page, 'Newer').isDisabled()).toBe(true);

        for (const index of [1, 2, 3]) {
          await logIn(4);
          await button(page, 'Older').click();
          await expectPage(pageAt(index));
        }
        await page.goBack();
        await expectPage(pageAt(2));
        for (const index of [1, 0]) {
          await button(page, 'Newer').click();
          await expectPage(pageAt(index));
        }

        const after = await listed();
        await button(page, 'Newer').click();
        await expectPage(after.slice(0, 3));
        expect(await button(page, 'Newer').isDisabled()).toBe(true);
        await button(page, 'Newest').click();
        await expectPage(after.slice(0, 10));
        expect(await button(page, 'Newest').isDisabled()).toBe(true);

        await button(page, 'Older').click();
        await expectPage(after.slice(10, 20));
        await page.getByRole('combobox', { name: 'Sessions per page' }).click();
        await page.getByRole('option', { name: '50' }).click();
        await expectPage(after.slice(0, 50));
        expect(parametersOf(page)).toEqual({ state: 'live', pageSize: '50' });
      });
    });

    it('has no older page after the last one', async () => {
      await inAdminPanel(reader, async (page) => {
        await openSessions(page, '?state=reuse-detected&pageSize=10');
        await expect.poll(() => rowsOf(page).count()).toBe(10);
        await button(page, 'Older').click();
        await expect.poll(() => rowsOf(page).count()).toBe(REUSES - 10);
        expect(await button(page, 'Older').isDisabled()).toBe(true);
        expect(await button(page, 'Newer').isEnabled()).toBe(true);
      });
    });

    it('opens links from before: the search text is the user; page and sort order are ignored', async () => {
      await inAdminPanel(reader, async (page) => {
        await openSessions(page, '?_q=ada.lovelace&page=7&pageSize=10&sort=lastUsedAt:ASC');
        await rowsOf(page).filter({ hasText: 'ada.lovelace' }).nth(9).waitFor();
        expect(await field(page, 'User or e-mail').inputValue()).toBe('ada.lovelace');
      });
    });

    it('says so when nothing matches', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await openSessions(page, '?user=nobody-of-this-name');
        await page.getByText('No session matches.').waitFor();
        expect(await button(page, 'End all that match').count()).toBe(0);
      });
    });

    it('shows statistics, and the charts also as tables for screen readers', async () => {
      await inAdminPanel(reader, async (page) => {
        await openSessions(page);
        await page.getByText('Live sessions').waitFor();
        const logins = page.getByRole('table', { name: 'Logins per day' });
        expect(await logins.getByRole('row').count()).toBe(31);
        const chart = page.getByRole('figure', { name: 'Logins per day' });
        await expect.poll(() => chart.locator('.recharts-bar-rectangle').count()).toBe(30);
      });
    });

    it('opens and closes the confirmation by keyboard, and returns the focus', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await openSessions(page, '?state=live');
        const end = endButtons(rowsOf(page).first());
        await end.focus();
        await page.keyboard.press('Enter');
        await page.getByRole('alertdialog', { name: 'End this session?' }).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('alertdialog').waitFor({ state: 'detached' });
        expect(await end.evaluate((element) => element === document.activeElement)).toBe(true);
      });
    });

    it('is dark in the dark theme', async () => {
      const brightness = async (theme: 'light' | 'dark') => {
        let color = '';
        await inAdminPanel(
          reader,
          async (page) => {
            await openSessions(page);
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

    it('is German for an administrator whose language is German', async () => {
      await inAdminPanel(
        reader,
        async (page) => {
          await openSessions(page, '?state=ended');
          await page.getByRole('heading', { name: 'Sitzungen', level: 1 }).waitFor();
          await rowsOf(page).filter({ hasText: 'Abgemeldet' }).first().waitFor();
        },
        { language: 'de' },
      );
    });
  });

  describe('the panel beside a user', () => {
    it('shows the live sessions of the user, and ends them all', async () => {
      const { documentId, username, callApi } = await logIn(3);

      await inAdminPanel(superAdmin, async (page) => {
        await openUser(page, documentId);
        const panel = sidePanel(page);
        await panel.getByText('Firefox on Linux').waitFor();
        expect(await panel.innerText()).toContain('127.0.0.1');
        await panel.getByRole('button', { name: 'End all sessions' }).click();
        const dialog = page.getByRole('alertdialog');
        await dialog.getByRole('button', { name: 'End all sessions' }).click();
        await page.getByText('1 session ended').waitFor();
        await panel.getByText('Not logged in anywhere.').waitFor();
        expect(await callApi()).toBe(401);

        await panel.getByRole('link', { name: 'All sessions of this user' }).click();
        await page.getByText(`User: ${username}`).waitFor();
        expect(await rowsOf(page).count()).toBe(1);
        await button(page, 'Clear').click();
        await rowsOf(page).nth(19).waitFor();
      });
    });

    it('shows at most five sessions, and says so', async () => {
      for (let count = 0; count < 6; count += 1) await logIn(4);

      await inAdminPanel(reader, async (page) => {
        await openUser(page, userAt(4).documentId);
        await sidePanel(page).getByText('Only the newest 5 are shown.').waitFor();
        expect(await sidePanel(page).getByText('Firefox on Linux').count()).toBe(5);
      });
    });

    it('is absent while a user is being created', async () => {
      await inAdminPanel(superAdmin, async (page) => {
        await openUser(page, 'create');
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await sidePanel(page).count()).toBe(0);
      });
    });
  });

  it('the widget on the home page shows the number of live sessions, and links to the page', async () => {
    await inAdminPanel(reader, async (page) => {
      const widget = page.getByRole('region', { name: 'Sessions' });
      await widget.getByText('Live sessions').waitFor();
      expect(await widget.innerText()).toMatch(/Live sessions\s+\d,\d{3}/);
      await widget.getByRole('link', { name: 'Open sessions' }).click();
      await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    });
  });

  it('without the permission to revoke there is no button that ends a session', async () => {
    await inAdminPanel(reader, async (page) => {
      await openSessions(page, '?state=live');
      await rowsOf(page).nth(5).waitFor();
      expect(await endButtons(page).count()).toBe(0);
      await openUser(page, userAt(0).documentId);
      await sidePanel(page).waitFor();
      expect(await endButtons(page).count()).toBe(0);
    });
  });

  describe('without the permission to read', () => {
    it('there is no page, no panel and no widget', async () => {
      await inAdminPanel(adminWithoutSessions, async (page) => {
        await page.getByRole('region', { name: 'Profile' }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.getByRole('region', { name: 'Sessions' }).count()).toBe(0);
        expect(await page.getByRole('link', { name: 'Sessions' }).count()).toBe(0);

        await openSessions(page);
        await page.getByText(/don't have the permissions/).waitFor();

        await openUser(page, userAt(0).documentId);
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await sidePanel(page).count()).toBe(0);
      });
    });

    it('the API responds with 403', async () => {
      const { headers } = adminWithoutSessions;
      const statusOf = async (path: string, method = 'GET') =>
        (await fetch(`${strapi.url}${API}${path}`, { method, headers })).status;

      expect(await statusOf('')).toBe(403);
      expect(await statusOf('/statistics')).toBe(403);
      expect(await statusOf('/revoke', 'POST')).toBe(403);
    });
  });
});
