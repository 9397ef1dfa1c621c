import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian and Ubuntu, Chrome's own package and macOS put it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser to test with: `CHROMIUM_PATH`, or the first one that is installed. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? USUAL_PLACES.find((at) => existsSync(at));

/**
 * Starts a browser without a window.
 *
 * @param args more switches, for instance `--host-resolver-rules=MAP *.test 127.0.0.1`
 * @throws when there is none; `isRunnable` skips the tests before that
 */
export const launchChromium = (args: readonly string[] = []): Promise<Browser> => {
  if (!chromiumPath) throw new Error('There is no Chromium here: set CHROMIUM_PATH');
  return chromium.launch({
    executablePath: chromiumPath,
    // Without a sandbox it also runs as root, as it does in a container. It opens our own pages only.
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', ...args],
  });
};
