import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';
import type { Admin } from './admins';
import { projectRoot } from './paths';

/** What `strapi build` reads. */
const SOURCES = ['config', 'favicon.png', 'package.json', 'public', 'src', 'tsconfig.json'];

/**
 * Runs what `npm run build` runs, on a copy of the project. Takes a minute or two.
 *
 * @returns the folder of the copy
 * @throws when it fails, with what it has written
 */
export const buildAdminPanel = (): string => {
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'admin-panel-'));
  for (const name of SOURCES) {
    cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js'), 'build'],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME, STRAPI_TELEMETRY_DISABLED: 'true' },
    },
  );
  if (status !== 0) throw new Error(`strapi build failed:\n${stdout}\n${stderr}`);
  return folder;
};

/** The admin panel in a browser, with an administrator logged in. */
export interface AdminPage {
  readonly page: Page;
  /** What the browser has complained of. */
  readonly complaints: readonly string[];
}

/** How the admin panel is shown. */
interface Appearance extends BrowserContextOptions {
  readonly theme?: 'light' | 'dark';
  readonly language?: string;
}

/**
 * Logs an administrator in, through the form, in a browser that holds nothing yet. No request leaves
 * this machine.
 *
 * @param url where the server is
 */
export const openAdminPanel = async (
  browser: Browser,
  url: string,
  admin: Pick<Admin, 'email' | 'password'>,
  { theme = 'light', language = 'en', ...options }: Appearance = {},
): Promise<AdminPage> => {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  await context.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('STRAPI_THEME', chosenTheme);
      localStorage.setItem('strapi-admin-language', chosenLanguage);
    },
    [theme, language] as const,
  );
  await context.route(
    (address) => address.origin !== url,
    (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{}' }),
  );
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));

  await page.goto(`${url}/admin/auth/login`);
  await page.fill('input[name=email]', admin.email);
  await page.fill('input[name=password]', admin.password);
  await page.click('button[type=submit]');
  await page.getByRole('navigation').first().waitFor();
  return { page, complaints };
};
