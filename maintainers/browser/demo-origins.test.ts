import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { serveDemo, type DemoPage } from './demo-page';
import { freePort } from '../../tests/helpers/process';
import { isRunnable } from '../helpers/requirements';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { describeDemoScenarios } from './demo-scenarios';

const [pagePort, untrustedPort] = [await freePort(), await freePort()];
const pageUrl = `http://localhost:${pagePort}`;

describe.skipIf(!isRunnable('Demo page', { Chromium: chromiumPath !== undefined }))(
  'the demo page and the API on two ports of localhost',
  () => {
    const server = useServer({ CLIENT_ORIGINS: pageUrl });
    let demo: DemoPage | undefined;
    let browser: Browser | undefined;

    beforeAll(async () => {
      const port = portOf(server);
      demo = await serveDemo({
        apiUrl: `http://localhost:${port}`,
        ports: [pagePort, untrustedPort],
      });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await demo?.stop();
    });

    describeDemoScenarios({
      server,
      pageUrl,
      // The same site, so that the browser sends the `SameSite=Lax` cookie.
      untrustedUrl: `http://localhost:${untrustedPort}`,
      openContext: () => browser?.newContext() ?? Promise.reject(new Error('No browser')),
    });
  },
);
