import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { createAdmin, SESSIONS_READ, USERS_READ, type Admin } from '../../tests/helpers/admins';
import { createUser, type TestUser } from '../../tests/helpers/users';
import { openAdminPanel, startWithAdminPanel, type AdminPanel } from './admin-panel';
import { launchChromium } from './chromium';
import { insertManySessions } from './many-sessions';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const PAGE = '/admin/plugins/users-permissions/sessions';
const USERS = '/admin/content-manager/collection-types/plugin::users-permissions.user';

type Appearance = Parameters<AdminPanel['open']>[0];

/**
 * Starts a server with an admin panel and a browser. Creates administrators with different permissions,
 * five users, and many sessions of other users.
 *
 * @param count the number of sessions
 */
export const startSessionPages = async (count: number) => {
  const admins: Admin[] = [];
  const users: TestUser[] = [];
  const strapi = await startWithAdminPanel(async (server) => {
    await insertManySessions(server, count);
    admins.push(await createAdmin(server));
    admins.push(await createAdmin(server, [USERS_READ, SESSIONS_READ]));
    admins.push(await createAdmin(server, [USERS_READ]));
    for (let index = 0; index < 5; index += 1) users.push(await createUser(server));
  });
  const browser = await launchChromium();
  const [superAdmin, reader, stranger] = admins as [Admin, Admin, Admin];
  const panels = new Map<Admin, Promise<AdminPanel>>();

  return {
    url: strapi.url,
    superAdmin,
    /** May see users and sessions. */
    reader,
    /** May see users, but no sessions. */
    stranger,
    users: users as [TestUser, TestUser, TestUser, TestUser, TestUser],

    /** Logs a user in. `callApi` resolves to the status of a request with the access token. */
    logIn: async ({ username, password }: TestUser) => {
      const response = await fetch(`${strapi.url}/api/auth/local`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'User-Agent': FIREFOX },
        body: JSON.stringify({ identifier: username, password }),
      });
      const { jwt } = (await response.json()) as { jwt: string };
      const callApi = async () => {
        const headers = { Authorization: `Bearer ${jwt}` };
        return (await fetch(`${strapi.url}/api/users/me`, { headers })).status;
      };
      expect(await callApi()).toBe(200);
      return { callApi };
    },

    /** Runs a test on a new page of the admin panel. It fails when the browser reports an error. */
    inAdminPanel: async (
      admin: Admin,
      run: (page: Page) => Promise<void>,
      appearance: Appearance = {},
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
    },

    stop: async (): Promise<void> => {
      await browser.close();
      await strapi.stop();
    },
  };
};

/** Opens the page "Sessions", for instance with the parameters `?state=live`. */
export const openSessions = (page: Page, parameters = '') => page.goto(`${PAGE}${parameters}`);

/** Opens the form of a user in the Content Manager. */
export const openUser = (page: Page, documentId: string) => page.goto(`${USERS}/${documentId}`);

/** Expects a value of the page, and reads it again until it is right. */
export const eventually = <Value>(read: () => Promise<Value> | Value) =>
  expect.poll(read, { timeout: 20_000 });

/** The parameters in the address of a page. */
export const parametersOf = (page: Page): Record<string, string> =>
  Object.fromEntries(new URL(page.url()).searchParams);

/** A text filter of the page "Sessions". */
export const field = (page: Page, name: string): Locator => page.getByRole('searchbox', { name });

export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

/** Chooses an option of a select field. */
export const choose = async (page: Page, name: string, option: string): Promise<void> => {
  await page.getByRole('combobox', { name }).click();
  await page.getByRole('option', { name: option }).click();
};

/** All buttons that end sessions. */
export const endButtons = (within: Page | Locator): Locator =>
  within.getByRole('button', { name: /^End/ });

/** The rows of the table of sessions. While a page loads, there is one row without a session. */
export const rowsOf = (page: Page): Locator => page.getByRole('grid').locator('tbody tr');

/** The login times of the rows, in ISO 8601. */
export const loginsOf = (page: Page): Promise<string[]> =>
  rowsOf(page).evaluateAll((rows) => rows.map((row) => row.querySelector('time')?.dateTime ?? ''));

/** The panel beside the form of a user. */
export const sidePanel = (page: Page): Locator =>
  page.locator('aside').filter({ hasText: 'Last login' });
