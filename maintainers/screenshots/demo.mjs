#!/usr/bin/env node
/**
 * Takes the screenshots of the demo page for the README, in Chromium. `npm run demo` has to run in the project.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const WIDTH = 1120;
const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PHOTOS = ['First snow', 'Harbour at six', 'The long way home'];
/** The time between refreshes, in minutes. */
const REFRESH_INTERVALS = [3, 1, 5, 2];

const folder = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  ...['..', '..', 'docs', 'images'],
);

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:5173' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(
    'Usage: npm run screenshots -- [--url http://localhost:5173]\n\n' +
      'Takes the screenshots in docs/images of the demo page at this URL, with a new user.\n' +
      'Start the page with `npm run demo`. CHROMIUM_PATH is the path of another browser.',
  );
  process.exit(0);
}

const executablePath = process.env.CHROMIUM_PATH ?? CHROMIUM.find((file) => existsSync(file));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

const open = async (settings) => {
  const context = await browser.newContext({
    viewport: { width: WIDTH, height: 760 },
    userAgent: MAC,
    ...settings,
  });
  const page = await context.newPage();
  await page.goto(options.url);
  await page.getByRole('heading', { name: 'Log in', exact: true }).waitFor();
  return page;
};

// A new name for each run, since a name can be registered only once.
const user = { username: `ada-${Date.now().toString(36).slice(-3)}`, password: 'correct-horse' };

const register = async (page) => {
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByLabel('Name').fill(user.username);
  await page.getByLabel('E-mail address', { exact: true }).fill(`${user.username}@example.com`);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Who am I' }).waitFor();
};

const logIn = async (page) => {
  await page.getByLabel('Name or e-mail address').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Who am I' }).waitFor();
};

/** Uses the page for some minutes by its fake clock, so that the timeline has entries. */
const usePage = async (page) => {
  for (const title of PHOTOS) {
    // Photos of an earlier run still exist.
    if ((await page.getByText(title, { exact: true }).count()) > 0) continue;
    await page.getByPlaceholder('A new photo').fill(title);
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText(title, { exact: true }).waitFor();
  }
  for (const minutes of REFRESH_INTERVALS) {
    await page.clock.fastForward(minutes * 60_000 + 7_000);
    const refreshed = page.waitForResponse(/token\/refresh$/);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await refreshed;
  }
  await page.getByRole('button', { name: 'Five requests at once' }).click();
  await page.getByText('Five requests at once: 200').waitFor();
  await page.clock.fastForward(75_000);
  await page.getByRole('button', { name: 'Reload' }).click();
};

const takeScreenshot = async (page, name) => {
  const file = path.join(folder, `${name}.png`);
  await page.locator('body').hover({ position: { x: 4, y: 4 } });
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
  console.log(
    `${path.relative(process.cwd(), file)}: ${Math.round(statSync(file).size / 1024)} kB`,
  );
};

try {
  mkdirSync(folder, { recursive: true });
  const page = await open({ colorScheme: 'light' });
  // The clock of the page starts in the past, so that in the end it agrees with the server's.
  const total = REFRESH_INTERVALS.reduce((sum, minutes) => sum + minutes, 0);
  await page.clock.install({ time: Date.now() - total * 60_000 - 90_000 });
  await page.reload();
  await register(page);
  for (const userAgent of [IPHONE, WINDOWS]) await logIn(await open({ userAgent }));
  await usePage(page);
  await takeScreenshot(page, 'demo-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await takeScreenshot(page, 'demo-dark');

  // Another browser ends the session, and the page shows the reason.
  const other = await open({ colorScheme: 'dark' });
  await logIn(other);
  const loggedOut = other.waitForResponse((response) => response.request().method() === 'DELETE');
  await other.getByRole('button', { name: 'Log out other devices' }).click();
  await loggedOut;
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByText('You were signed out for your safety').waitFor();
  await takeScreenshot(page, 'demo-signed-out');
} finally {
  await browser.close();
}
