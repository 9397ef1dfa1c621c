import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  BUILD_TIMEOUT,
  openAdminPanel,
  startWithAdminPanel,
  type AdminPanel,
} from '../helpers/admin-panel';
import { createAdmin } from '../../tests/helpers/admins';
import { launchChromium } from '../helpers/chromium';
import { projectRoot } from '../../tests/helpers/paths';
import type { RunningStrapi } from '../../tests/helpers/process';
import { insertManySessions } from '../helpers/many-sessions';

const IMAGES = path.join(projectRoot, 'docs', 'images');
const SIZE = { width: 1360, height: 920 };

/** Takes the screenshots of the admin panel in the documentation. */
describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const file = (name: string) => path.join(IMAGES, `admin-${name}-${theme}.png`);

  it('page', async () => {
    const { page } = await panel.open({ theme });
    await page.goto('/admin/plugins/users-permissions/sessions');
    await page.locator('.recharts-bar-rectangle').last().waitFor();
    await page.getByRole('grid').locator('tbody tr').nth(5).waitFor();
    await closeBanner(page);
    await page.screenshot({ path: file('page') });
    await page.close();
  });

  it('panel', async () => {
    const { page } = await panel.open({ theme });
    const users = 'content-manager/collection-types/plugin::users-permissions.user';
    await page.goto(`/admin/${users}/${documentId}`);
    await page.locator('aside').getByRole('button', { name: 'End all sessions' }).waitFor();
    await page.getByRole('textbox', { name: 'email' }).waitFor();
    await closeBanner(page);
    await page.screenshot({ path: file('panel') });
    await page.close();
  });

  it('widget', async () => {
    const { page } = await panel.open({ theme });
    const widget = page.getByRole('region', { name: 'Sessions' });
    await widget.locator('.recharts-bar-rectangle').last().waitFor();
    await closeBanner(page);
    await widget.screenshot({ path: file('widget') });
    await page.close();
  });
});

let strapi: RunningStrapi;
let browser: Browser;
let panel: AdminPanel;
let documentId: string;

// Strapi shows its own news in a banner above the page.
const closeBanner = async (page: Page): Promise<void> => {
  const close = page.getByRole('button', { name: 'Close the banner' });
  if ((await close.count()) > 0) await close.first().click();
  await page.mouse.move(0, 0);
};

beforeAll(async () => {
  mkdirSync(IMAGES, { recursive: true });
  let admin = { email: '', password: '' };
  strapi = await startWithAdminPanel(async (server) => {
    admin = await createAdmin(server);
    await insertManySessions(server, 10_000);
    const user = await server.strapi.db
      .query('plugin::users-permissions.user')
      .findOne({ where: { username: 'ada.lovelace' } });
    documentId = String(user.documentId);
  });
  browser = await launchChromium();
  panel = await openAdminPanel(browser, strapi.url, admin, { viewport: SIZE });
}, BUILD_TIMEOUT);

afterAll(async () => {
  await browser?.close();
  await strapi?.stop();
});
