import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { chromiumPath, openProfile } from '../helpers/chromium';
import { serveDemo, type DemoPage } from './demo-page';
import { createCertificate, startNginx, type Nginx } from '../helpers/nginx';
import { createUser } from '../../tests/helpers/users';
import { freePort } from '../../tests/helpers/process';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { describeDemoScenarios, logInAs } from './demo-scenarios';

const BROWSER_ARGUMENTS = ['--host-resolver-rules=MAP *.test 127.0.0.1'];

const pagePort = await freePort();
const pageUrl = `https://app.bakery.test:${pagePort}`;

const runnable = isRunnable('Demo page on another site', {
  Chromium: chromiumPath !== undefined,
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
});

describe.skipIf(!runnable)('the demo page and the API on two sites, over TLS', () => {
  const server = useServer({
    CLIENT_ORIGINS: pageUrl,
    REFRESH_COOKIE_SAMESITE: 'none',
    REFRESH_COOKIE_SECURE: 'true',
    IS_PROXIED: 'true',
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-sites-'));
  let nginx: Nginx | undefined;
  let demo: DemoPage | undefined;

  beforeAll(async () => {
    const certificate = createCertificate(folder);
    const port = portOf(server);
    nginx = await startNginx({ folder, certificate, upstreams: [port] });
    demo = await serveDemo({
      apiUrl: `https://api.mill.test:${new URL(nginx.origin).port}`,
      ports: [pagePort],
      certificate,
    });
  });

  afterAll(async () => {
    await demo?.stop();
    await nginx?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describeDemoScenarios({
    server,
    pageUrl,
    untrustedUrl: `https://untrusted.test:${pagePort}`,
    openContext: () => openProfile('allowed', BROWSER_ARGUMENTS),
  });

  it('explains a logout that happens because the browser blocks third-party cookies', async () => {
    const ada = await createUser(server);
    const browser = await openProfile('blocked', BROWSER_ARGUMENTS);
    try {
      const page = await browser.newPage();
      await page.goto(pageUrl);
      await logInAs(ada, page);

      await page.getByRole('button', { name: 'Refresh now' }).click();

      await page.getByText('the browser blocks cookies of other sites').waitFor();
    } finally {
      await browser.close();
    }
  });
});
