import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../helpers/chromium';
import { isRunnable } from '../helpers/requirements';
import {
  startFakeOAuthProvider,
  type FakeOAuthProvider,
} from '../../tests/helpers/fake-oauth-provider';
import { withPluginSettings } from '../../tests/helpers/plugin-settings';
import { freePort } from '../../tests/helpers/process';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { createUser, login, storedSessions } from '../../tests/helpers/users';
import { serveDemo, type DemoPage } from './demo-page';
import { logInAs } from './demo-scenarios';

const pagePort = await freePort();
const pageUrl = `http://localhost:${pagePort}/`;

describe.runIf(isRunnable('Accounts in the demo page', { Chromium: chromiumPath !== undefined }))(
  'The demo page',
  () => {
    const server = useServer({ CLIENT_ORIGINS: new URL(pageUrl).origin });
    const emails: { to: string; text: string }[] = [];
    let provider: FakeOAuthProvider;
    let demo: DemoPage;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const apiUrl = `http://localhost:${portOf(server)}`;
      server.strapi.config.set('server.absoluteUrl', apiUrl);
      server.strapi.plugin('email').provider = {
        send: async (email: (typeof emails)[number]) => void emails.push(email),
      };
      provider = await startFakeOAuthProvider(server, `${pageUrl}#connected/fake-provider`);
      demo = await serveDemo({ apiUrl, ports: [pagePort], loginProviders: provider.name });
      browser = await launchChromium();
    });
    beforeEach(async () => {
      const context = await browser.newContext();
      page = await context.newPage();
      await page.goto(pageUrl);
      return () => context.close();
    });
    afterAll(async () => {
      await browser?.close();
      await demo?.stop();
      await provider?.stop();
    });

    const continueWithProvider = () =>
      page.getByRole('button', { name: `Continue with ${provider.name}` }).click();

    const expectUser = (username: string) =>
      page.locator('#me-name', { hasText: username }).waitFor();

    const expectError = (message: string) =>
      page.locator('#sign-in-error', { hasText: message }).waitFor();

    it('logs in with a provider, and stays logged in', async () => {
      const username = `user-${randomUUID()}`;
      provider.setProfile({ username, email: `${username}@example.com` });

      await continueWithProvider();

      await expectUser(username);
      expect(page.url()).toBe(pageUrl);
      await page.reload();
      await expectUser(username);
    });

    it('says that a login with a provider has failed', async () => {
      provider.setProfile({ username: 'nobody', email: '' });

      await continueWithProvider();

      await expectError('Email was not available.');
      expect(page.url()).toBe(pageUrl);
    });

    /** Sends the form for a forgotten password. Returns the user, and the code and link in the e-mail. */
    const forgetPassword = async () => {
      const user = await createUser(server);
      await login(server, user);
      await page.getByRole('button', { name: 'Forgot your password?' }).click();
      await page.getByLabel('E-mail address', { exact: true }).fill(user.email);
      await withPluginSettings(server, 'advanced', { email_reset_password: pageUrl }, async () => {
        await page.getByRole('button', { name: 'Send the e-mail' }).click();
        await page.getByText('an e-mail with a code was sent').waitFor();
      });
      const { text = '' } = emails.find(({ to }) => to === user.email) ?? {};
      const [link = '', code = ''] = /http\S+\?code=(\w+)/.exec(text) ?? [];
      return { user, link, code };
    };

    const saveNewPassword = async () => {
      await page.getByLabel('New Password', { exact: true }).fill('another-horse');
      await page.getByRole('button', { name: 'Save and log in' }).click();
    };

    it('sets a new password by the link in an e-mail, which logs out other devices', async () => {
      const { user, link } = await forgetPassword();

      await page.goto(link);
      await saveNewPassword();

      await expectUser(user.username);
      expect(page.url()).toBe(pageUrl);
      expect(await storedSessions(server, user)).toMatchObject([
        { revokedReason: 'password-changed' },
        { revokedReason: null },
      ]);
      await page.getByRole('button', { name: 'Log out', exact: true }).first().click();
      await logInAs({ ...user, password: 'another-horse' }, page);
    });

    it('sets a new password by the code in an e-mail, once', async () => {
      const { user, code } = await forgetPassword();
      await page.getByLabel('Code from the e-mail').fill('a wrong one');
      await saveNewPassword();
      await expectError('Incorrect code provided');

      await page.getByLabel('Code from the e-mail').fill(code);
      await saveNewPassword();

      await expectUser(user.username);
    });
  },
);
