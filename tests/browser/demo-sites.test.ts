import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { serveDemo, type DemoPage } from '../helpers/demo-page';
import { makeCertificate, startNginx, type Nginx } from '../helpers/nginx';
import { freePort } from '../helpers/process';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { useServer } from '../helpers/suite';
import { tellStories } from './stories';

const pagePort = await freePort();
const pageUrl = `https://app.bakery.test:${pagePort}`;

const runnable = isRunnable('Demo page on another site', {
  Chromium: chromiumPath !== undefined,
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
});

describe.skipIf(!runnable)('The demo page and the API on two sites, over TLS', () => {
  const server = useServer({
    CLIENT_ORIGINS: pageUrl,
    REFRESH_COOKIE_SAMESITE: 'none',
    REFRESH_COOKIE_SECURE: 'true',
    IS_PROXIED: 'true',
  });
  let folder: string | undefined;
  let nginx: Nginx | undefined;
  let demo: DemoPage | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'demo-sites-'));
    const certificate = makeCertificate(folder);
    const { port } = server.strapi.server.httpServer.address() as AddressInfo;
    nginx = await startNginx({ folder, certificate, upstreams: [port] });
    demo = await serveDemo({
      apiUrl: `https://api.mill.test:${new URL(nginx.origin).port}`,
      ports: [pagePort],
      certificate,
    });
    browser = await launchChromium(['--host-resolver-rules=MAP *.test 127.0.0.1']);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await nginx?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  tellStories({
    server,
    pageUrl,
    evilUrl: `https://evil.test:${pagePort}`,
    browser: () => browser,
  });
});
