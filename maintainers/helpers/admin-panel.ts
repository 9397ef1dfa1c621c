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

/** The timeout of a build and two boots on a slow machine, in milliseconds. */
export const BUILD_TIMEOUT = 15 * 60 * 1000;

/** The files that `strapi build` reads. */
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
 * Copies the project and runs `strapi build` in the copy, as `npm run build` does. Takes a minute or two.
 *
 * @returns the folder of the copy
 * @throws when the build fails, with its output
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
 * Builds the project and starts it on SQLite in another process, as `npm start` does.
 *
 * @param prepare fills the database before the start, with a Strapi in this process
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

interface Appearance {
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en' | 'de';
}

/** An open page of the admin panel. */
export interface AdminPage {
  readonly page: Page;
  /** The errors that the browser has reported so far, without those of Strapi's own pages. */
  readonly errors: readonly string[];
}

/** A browser context in which an administrator is logged in to the admin panel. */
export interface AdminPanel {
  /** Opens the home page. */
  open(appearance?: Appearance): Promise<AdminPage>;
  close(): Promise<void>;
}

// Strapi's pages request resources that do not exist, and lack some translations.
const isErrorOfStrapi = (message: ConsoleMessage): boolean => {
  const { url } = message.location();
  if (/MISSING_TRANSLATION/.test(message.text())) return !message.text().includes('"sessions.');
  return /Failed to load resource/.test(message.text()) && !url.includes('/sessions');
};

const collectErrors = (page: Page): string[] => {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' || isErrorOfStrapi(message)) return;
    errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
};

const setAppearance = (page: Page, { theme = 'light', language = 'en' }: Appearance) =>
  page.addInitScript(
    (chosen) => {
      localStorage.setItem('STRAPI_THEME', chosen.theme);
      localStorage.setItem('strapi-admin-language', chosen.language);
    },
    { theme, language },
  );

/**
 * Logs an administrator in with the form of the admin panel, in a new browser context. Requests to
 * other servers get an empty response. Strapi allows five logins in five minutes, so several tests
 * have to share the result.
 *
 * @param url the URL of the server
 */
export const openAdminPanel = async (
  browser: Browser,
  url: string,
  admin: Pick<Admin, 'email' | 'password'>,
  options: BrowserContextOptions = {},
): Promise<AdminPanel> => {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', ...options });
  await context.route(
    (address) => address.origin !== url,
    (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{}' }),
  );
  const page = await context.newPage();
  await page.goto('/admin/auth/login');
  await page.fill('input[name=email]', admin.email);
  await page.fill('input[name=password]', admin.password);
  await page.click('button[type=submit]');
  await page.getByRole('navigation').first().waitFor();
  await page.close();

  return {
    open: async (appearance = {}) => {
      const opened = await context.newPage();
      const errors = collectErrors(opened);
      await setAppearance(opened, appearance);
      await opened.goto('/admin');
      return { page: opened, errors };
    },
    close: () => context.close(),
  };
};
