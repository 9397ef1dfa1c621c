import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { inject } from 'vitest';

/** Where Debian and Ubuntu, Chrome's own package and macOS put it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser to test with: `CHROMIUM_PATH`, or the first one that is installed. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? USUAL_PLACES.find((at) => existsSync(at));

/** @throws when there is none; `isRunnable` skips the tests before that */
const launchOptions = (args: readonly string[]) => {
  if (!chromiumPath) throw new Error('There is no Chromium here: set CHROMIUM_PATH');
  return {
    executablePath: chromiumPath,
    // Without a sandbox it also runs as root, as it does in a container. It opens our own pages only.
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', ...args],
  };
};

/**
 * Starts a browser without a window.
 *
 * @param args more switches, for instance `--host-resolver-rules=MAP *.test 127.0.0.1`
 */
export const launchChromium = async (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch(launchOptions(args));

/** What Chromium calls the two settings of `cookie_controls_mode`. */
const COOKIE_CONTROLS = { allowed: 0, blocked: 1 } as const;

/**
 * Starts a browser with a profile of its own, which says what becomes of third-party cookies. Whose
 * default that is differs: Debian's Chromium blocks them, Google's Chrome does so in private windows.
 * It takes any certificate.
 *
 * @param args as for `launchChromium`
 * @returns its only window; closing that ends the browser
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
