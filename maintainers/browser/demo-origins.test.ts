import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { serveDemo, type DemoPage } from './demo-page';
import { freePort } from '../../tests/helpers/process';
import { isRunnable } from '../helpers/requirements';
import { useServer } from '../../tests/helpers/suite';
import { describeScenarios } from './scenarios';

const [pagePort, evilPort] = [await freePort(), await freePort()];
const pageUrl = `http://localhost:${pagePort}`;

describe.skipIf(!isRunnable('Demo page', { Chromium: chromiumPath !== undefined }))(
  'The demo page and the API on two ports of one machine',
  () => {
    const server = useServer({ CLIENT_ORIGINS: pageUrl });
    let demo: DemoPage | undefined;
    let browser: Browser | undefined;

    beforeAll(async () => {
      const { port } = server.strapi.server.httpServer.address() as AddressInfo;
      demo = await serveDemo({
        apiUrl: `http://localhost:${port}`,
        ports: [pagePort, evilPort],
      });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await demo?.stop();
    });

    describeScenarios({
      server,
      pageUrl,
      // The same site, so that even a `SameSite=Lax` cookie travels.
      evilUrl: `http://localhost:${evilPort}`,
      openContext: () => browser?.newContext() ?? Promise.reject(new Error('No browser')),
    });
  },
);
