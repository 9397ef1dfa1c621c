import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { inject } from 'vitest';

/** The paths on Debian and Ubuntu, with the package of Chrome, and on macOS. */
const DEFAULT_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The path of the browser: `CHROMIUM_PATH`, or the first default path that exists. */
export const chromiumPath =
  process.env.CHROMIUM_PATH ?? DEFAULT_PATHS.find((file) => existsSync(file));

/** @throws if no browser is installed. Tests check that before with `isRunnable`. */
const launchOptions = (args: readonly string[]) => {
  if (!chromiumPath) throw new Error('Chromium is not installed: set CHROMIUM_PATH');
  return {
    executablePath: chromiumPath,
    // With a sandbox it does not run as root, as in a container. It opens only pages of the tests.
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', ...args],
  };
};

/**
 * Starts a headless browser.
 *
 * @param args more arguments, for instance `--host-resolver-rules=MAP *.test 127.0.0.1`
 */
export const launchChromium = async (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch(launchOptions(args));

/** Values of Chromium's preference `cookie_controls_mode` (`CookieControlsMode` in its source). */
const COOKIE_CONTROLS = { allowed: 0, blocked: 1 } as const;

/**
 * Starts a headless browser with a new profile, in which third-party cookies are allowed or blocked. The
 * default differs: Debian's Chromium blocks them, Google's Chrome only in private windows. The browser
 * accepts any certificate.
 *
 * @param args as for `launchChromium`
 * @returns the browser's only context; closing it ends the browser
 */
export const openProfile = async (
  thirdPartyCookies: keyof typeof COOKIE_CONTROLS,
  args: readonly string[] = [],
): Promise<BrowserContext> => {
  const options = launchOptions(args);
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'profile-'));
  mkdirSync(path.join(folder, 'Default'));
  writeFileSync(
    path.join(folder, 'Default', 'Preferences'),
    JSON.stringify({ profile: { cookie_controls_mode: COOKIE_CONTROLS[thirdPartyCookies] } }),
  );
  return chromium.launchPersistentContext(folder, { ...options, ignoreHTTPSErrors: true });
};
