import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT } from '../helpers/admin-panel';
import { chromiumPath } from '../helpers/chromium';
import { isRunnable } from '../helpers/requirements';
import {
  button,
  choose,
  endButtons,
  eventually,
  field,
  loginsOf,
  openSessions,
  openUser,
  parametersOf,
  rowsOf,
  sidePanel,
  startSessionPages,
} from '../helpers/session-pages';

const SESSIONS = 10_000;
/** Every 701st of them has ended because of a reuse, and every 750th has the same address. */
const REUSES = 15;
const SAME_ADDRESS = 14;
const API = '/users-permissions/sessions';

const canRun = isRunnable('the sessions in the admin panel', { chromium: !!chromiumPath });

describe.runIf(canRun)('the sessions in the admin panel', () => {
  let pages: Awaited<ReturnType<typeof startSessionPages>>;

  beforeAll(async () => {
    pages = await startSessionPages(SESSIONS);
  }, BUILD_TIMEOUT);

  afterAll(() => pages?.stop());

  describe('the page "Sessions"', () => {
    it('finds the session of a user among 10,000 and ends it: the next request is refused', async () => {
      const { username, email } = pages.users[0];
      const { callApi } = await pages.logIn(pages.users[0]);

      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        await page.getByRole('link', { name: 'Sessions', exact: true }).click();
        await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
        await rowsOf(page).nth(19).waitFor();
        await field(page, 'User or e-mail').fill(email.toUpperCase());
        await page.keyboard.press('Enter');
        await eventually(() => rowsOf(page).count()).toBe(1);

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
      const first = await pages.logIn(pages.users[1]);
      await pages.logIn(pages.users[1]);
      const bystander = await pages.logIn(pages.users[2]);

      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        await openSessions(page, `?user=${pages.users[1].username}&device=firefox`);
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
      await pages.inAdminPanel(pages.reader, async (page) => {
        await openSessions(page);
        await choose(page, 'State', 'Reuse detected');
        const alarms = rowsOf(page).filter({ hasText: 'An old refresh token was used again' });
        await eventually(() => alarms.count()).toBe(REUSES);
        expect(await alarms.count()).toBe(await rowsOf(page).count());
      });
    });

    it('shows who was on an address when the address of a row is clicked', async () => {
      await pages.inAdminPanel(pages.reader, async (page) => {
        await openSessions(page);
        const link = rowsOf(page).getByRole('link', { name: '203.0.' }).first();
        const address = await link.innerText();
        await link.click();
        await page.waitForURL(/address=/);

        expect(await field(page, 'IP address').inputValue()).toBe(address);
        await eventually(() => rowsOf(page).count()).toBe(SAME_ADDRESS);
        expect(await rowsOf(page).filter({ hasText: address }).count()).toBe(SAME_ADDRESS);
      });
    });

    it('keeps the filters in its address: for a link, for a reload and for Back', async () => {
      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        await openSessions(page);
        await field(page, 'User or e-mail').fill('ada.');
        await field(page, 'Device').fill('safari on');
        await page.waitForURL(/user=/);
        await page.keyboard.press('Enter');
        await page.waitForURL(/device=/);
        await choose(page, 'State', 'Ended');
        await page.waitForURL(/state=/);
        const filters = { user: 'ada.', device: 'safari on', state: 'ended' };
        expect(parametersOf(page)).toMatchObject(filters);
        await eventually(() => rowsOf(page).filter({ hasText: 'Live' }).count()).toBe(0);
        await rowsOf(page).nth(19).waitFor();
        const logins = await loginsOf(page);

        await pages.inAdminPanel(pages.reader, async (other) => {
          await other.goto(page.url());
          await eventually(() => loginsOf(other)).toEqual(logins);
        });
        await page.reload();
        await eventually(() => loginsOf(page)).toEqual(logins);
        expect(await field(page, 'Device').inputValue()).toBe('safari on');

        await page.goBack();
        await eventually(() => loginsOf(page)).not.toEqual(logins);
        expect(parametersOf(page)).not.toHaveProperty('state');
        await page.goBack();
        await eventually(() => field(page, 'Device').inputValue()).toBe('');

        await button(page, 'Clear').click();
        await eventually(() => parametersOf(page)).not.toHaveProperty('user');
      });
    });

    it('has a page for every session, also while new sessions begin', async () => {
      const listed = async () => {
        const response = await fetch(`${pages.url}${API}?state=live&pageSize=100`, {
          headers: pages.superAdmin.headers,
        });
        const { results } = (await response.json()) as { results: { loginAt: string }[] };
        return results.map(({ loginAt }) => loginAt);
      };
      const before = await listed();
      const pageAt = (index: number) => before.slice(10 * index, 10 * (index + 1));

      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        const expectPage = (logins: string[]) => eventually(() => loginsOf(page)).toEqual(logins);
        await openSessions(page, '?state=live&pageSize=10');
        await expectPage(pageAt(0));
        expect(await button(page, 'Newest').isDisabled()).toBe(true);
        expect(await button(page, 'Newer').isDisabled()).toBe(true);

        for (const index of [1, 2, 3]) {
          await pages.logIn(pages.users[4]);
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
        await choose(page, 'Sessions per page', '50');
        await expectPage(after.slice(0, 50));
        expect(parametersOf(page)).toEqual({ state: 'live', pageSize: '50' });
      });
    });

    it('has no older page after the last one', async () => {
      await pages.inAdminPanel(pages.reader, async (page) => {
        await openSessions(page, '?state=reuse-detected&pageSize=10');
        await eventually(() => rowsOf(page).count()).toBe(10);
        await button(page, 'Older').click();
        await eventually(() => rowsOf(page).count()).toBe(REUSES - 10);
        expect(await button(page, 'Older').isDisabled()).toBe(true);
        expect(await button(page, 'Newer').isEnabled()).toBe(true);
      });
    });

    it('opens links of an earlier version: the search text is the user; page and sort order are ignored', async () => {
      await pages.inAdminPanel(pages.reader, async (page) => {
        await openSessions(page, '?_q=ada.lovelace&page=7&pageSize=10&sort=lastUsedAt:ASC');
        await rowsOf(page).filter({ hasText: 'ada.lovelace' }).nth(9).waitFor();
        expect(await field(page, 'User or e-mail').inputValue()).toBe('ada.lovelace');
      });
    });

    it('says so when nothing matches', async () => {
      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        await openSessions(page, '?user=nobody-of-this-name');
        await page.getByText('No session matches.').waitFor();
        expect(await button(page, 'End all that match').count()).toBe(0);
      });
    });

    it('shows statistics, and the charts also as tables for screen readers', async () => {
      await pages.inAdminPanel(pages.reader, async (page) => {
        await openSessions(page);
        await page.getByText('Live sessions').waitFor();
        const logins = page.getByRole('table', { name: 'Logins per day' });
        expect(await logins.getByRole('row').count()).toBe(31);
        const chart = page.getByRole('figure', { name: 'Logins per day' });
        await eventually(() => chart.locator('.recharts-bar-rectangle').count()).toBe(30);
      });
    });

    it('opens and closes the confirmation by keyboard, and returns the focus', async () => {
      await pages.inAdminPanel(pages.superAdmin, async (page) => {
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
        await pages.inAdminPanel(
          pages.reader,
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
      await pages.inAdminPanel(
        pages.reader,
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
      const { documentId, username } = pages.users[3];
      const { callApi } = await pages.logIn(pages.users[3]);

      await pages.inAdminPanel(pages.superAdmin, async (page) => {
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
      for (let count = 0; count < 6; count += 1) await pages.logIn(pages.users[4]);

      await pages.inAdminPanel(pages.reader, async (page) => {
        await openUser(page, pages.users[4].documentId);
        await sidePanel(page).getByText('Only the newest 5 are shown.').waitFor();
        expect(await sidePanel(page).getByText('Firefox on Linux').count()).toBe(5);
      });
    });

    it('is absent while a user is being created', async () => {
      await pages.inAdminPanel(pages.superAdmin, async (page) => {
        await openUser(page, 'create');
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await sidePanel(page).count()).toBe(0);
      });
    });
  });

  it('the widget on the home page shows the number of live sessions, and links to the page', async () => {
    await pages.inAdminPanel(pages.reader, async (page) => {
      const widget = page.getByRole('region', { name: 'Sessions' });
      await widget.getByText('Live sessions').waitFor();
      expect(await widget.innerText()).toMatch(/Live sessions\s+\d,\d{3}/);
      await widget.getByRole('link', { name: 'Open sessions' }).click();
      await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    });
  });

  it('without the permission to revoke there is no button that ends a session', async () => {
    await pages.inAdminPanel(pages.reader, async (page) => {
      await openSessions(page, '?state=live');
      await rowsOf(page).nth(5).waitFor();
      expect(await endButtons(page).count()).toBe(0);
      await openUser(page, pages.users[0].documentId);
      await sidePanel(page).waitFor();
      expect(await endButtons(page).count()).toBe(0);
    });
  });

  describe('without the permission to read', () => {
    it('there is no page, no panel and no widget', async () => {
      await pages.inAdminPanel(pages.stranger, async (page) => {
        await page.getByRole('region', { name: 'Profile' }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.getByRole('region', { name: 'Sessions' }).count()).toBe(0);
        expect(await page.getByRole('link', { name: 'Sessions' }).count()).toBe(0);

        await openSessions(page);
        await page.getByText(/don't have the permissions/).waitFor();

        await openUser(page, pages.users[0].documentId);
        await page.locator('aside').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await sidePanel(page).count()).toBe(0);
      });
    });

    it('the API responds with 403', async () => {
      const { headers } = pages.stranger;
      const statusOf = async (path: string, method = 'GET') =>
        (await fetch(`${pages.url}${API}${path}`, { method, headers })).status;

      expect(await statusOf('')).toBe(403);
      expect(await statusOf('/statistics')).toBe(403);
      expect(await statusOf('/revoke', 'POST')).toBe(403);
    });
  });
});
