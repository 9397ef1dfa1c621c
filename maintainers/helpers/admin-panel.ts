import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';
import { inject } from 'vitest';
import type { Admin } from '../../tests/helpers/admins';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { projectRoot } from '../../tests/helpers/paths';
import { startStrapi, type RunningStrapi } from '../../tests/helpers/process';
import { startServer, type TestServer } from '../../tests/helpers/server';

/** How long a build and two boots may take on a cold machine, in milliseconds. */
export const BUILD_TIMEOUT = 15 * 60 * 1000;

/** What `strapi build` reads. */
const SOURCES = [
  'config',
  'favicon.png',
  'package.json',
  'public',
  'src',
  'tsconfig.json',
  'types',
];

/**
 * Runs what `npm run build` runs, on a copy of the project. Takes a minute or two.
 *
 * @returns the folder of the copy
 * @throws when it fails, with what it has written
 */
const buildAdminPanel = (): string => {
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

/**
 * Builds the project, and starts it in a process of its own as `npm start` does, on SQLite.
 *
 * @param prepare fills the database, by a Strapi that has booted on it before
 */
export const startWithAdminPanel = async (
  prepare: (server: TestServer) => Promise<void>,
): Promise<RunningStrapi> => {
  const folder = buildAdminPanel();
  const environment = testEnvironment(await newDatabase('sqlite'));
  const server = await startServer(environment);
  try {
    await prepare(server);
  } finally {
    await server.stop();
  }
  return startStrapi(environment, folder);
};

/** What the panel looks like. */
interface Appearance {
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en' | 'de';
}

/** A page of the admin panel. */
export interface AdminPage {
  readonly page: Page;
  /** What the browser has complained of, but for what Strapi's own pages are to blame for. */
  readonly complaints: readonly string[];
}

/** The admin panel in a browser, with an administrator logged in. */
export interface AdminPanel {
  /** Opens the home page. */
  open(appearance?: Appearance): Promise<AdminPage>;
  close(): Promise<void>;
}

// Strapi asks for things that are not there, and its own translations have gaps.
const isStrapis = (message: ConsoleMessage): boolean => {
  const { url } = message.location();
  if (/MISSING_TRANSLATION/.test(message.text())) return !message.text().includes('"sessions.');
  return /Failed to load resource/.test(message.text()) && !url.includes('/sessions');
};

const listen = (page: Page): string[] => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' || isStrapis(message)) return;
    complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
};

const appear = (page: Page, { theme = 'light', language = 'en' }: Appearance) =>
  page.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('STRAPI_THEME', chosenTheme);
      localStorage.setItem('strapi-admin-language', chosenLanguage);
    },
    [theme, language] as const,
  );

/**
 * Logs an administrator in, through the form, in a browser that holds nothing yet. No request leaves
 * this machine. Strapi lets nobody log in more than five times in five minutes: use it for several tests.
 *
 * @param url where the server is
 */
export const openAdminPanel = async (
  browser: Browser,
  url: string,
  admin: Pick<Admin, 'email' | 'password'>,
  options: BrowserContextOptions = {},
): Promise<AdminPanel> => {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  await context.route(
    (address) => address.origin !== url,
    (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{}' }),
  );
  const page = await context.newPage();
  await page.goto(`${url}/admin/auth/login`);
  await page.fill('input[name=email]', admin.email);
  await page.fill('input[name=password]', admin.password);
  await page.click('button[type=submit]');
  await page.getByRole('navigation').first().waitFor();
  await page.close();

  return {
    open: async (appearance = {}) => {
      const opened = await context.newPage();
      const complaints = listen(opened);
      await appear(opened, appearance);
      await opened.goto(`${url}/admin`);
      return { page: opened, complaints };
    },
    close: () => context.close(),
  };
};
