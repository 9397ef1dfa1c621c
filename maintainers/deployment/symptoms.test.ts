import omit from 'lodash/omit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../tests/helpers/responses';
import { behindNginx } from '../helpers/behind-nginx';
import { openBrowser, type Browser, type Site } from '../helpers/browser-client';
import { newDatabase } from '../../tests/helpers/databases';
import { testEnvironment } from '../../tests/helpers/environment';
import { FORWARDED, type NginxOptions } from '../helpers/nginx';
import { createUser, tokensFrom, login, refresh, type TestUser } from '../../tests/helpers/users';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { portOf, type TestServer } from '../../tests/helpers/server';
import { withServer } from '../../tests/helpers/suite';

/*
 * Reproduces the symptoms in the table of docs/deploying.md. The title of a test is the symptom. The test causes it on a
 * real server, then applies the fix of the table and expects that the symptom is gone. documents/deploying-docs.test.ts
 * compares the titles with the table.
 */

const APP = 'https://app.example.com';
const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const PRODUCTION = { NODE_ENV: 'production' };
const CROSS_SITE = refusal(403, 'Cross-site requests may not use the refresh cookie');

/** Returns the reasons that the log gives for refused refresh tokens. */
const reasonsIn = ({ log }: TestServer): string[] =>
  log.flatMap((line) => /Refresh token refused: (\S+)/.exec(line)?.[1] ?? []);

describe('Symptoms of docs/deploying.md:', () => {
  it('403 on refresh, from a web app on another origin', async () => {
    const refreshFromApp = async (server: TestServer) =>
      refresh(server, await login(server, await createUser(server))).set('Origin', APP);

    await withServer(PRODUCTION, async (server) => {
      expect((await refreshFromApp(server)).body).toEqual(CROSS_SITE);
    });

    await withServer({ ...PRODUCTION, CLIENT_ORIGINS: APP }, async (server) => {
      const response = await refreshFromApp(server);
      expect(response.status).toBe(200);
      expect(response.headers['access-control-allow-origin']).toBe(APP);
    });
  });

  it('401 on refresh after days without a visit; the log says `session-idle`', async () => {
    const refreshAfterThreeDays = async (server: TestServer): Promise<number> => {
      const before = await login(server, await createUser(server));
      server.clock.advance(3 * DAY);
      return (await refresh(server, before)).status;
    };

    await withServer({}, async (server) => {
      expect(await refreshAfterThreeDays(server)).toBe(401);
      expect(reasonsIn(server)).toEqual(['session-idle']);
    });

    await withServer({ REFRESH_TOKEN_EXPIRES: '14d' }, async (server) => {
      expect(await refreshAfterThreeDays(server)).toBe(200);
    });
  });

  it('401 on refresh; the log says `reuse-detected`, and nothing was stolen', async () => {
    /** The response of a refresh is lost, and the client retries half a minute later with the same token. */
    const retryAfterHalfAMinute = async (server: TestServer): Promise<number> => {
      const before = await login(server, await createUser(server));
      await refresh(server, before).expect(200);
      server.clock.advance(30 * SECOND);
      return (await refresh(server, before)).status;
    };

    await withServer({}, async (server) => {
      expect(await retryAfterHalfAMinute(server)).toBe(401);
      expect(reasonsIn(server)).toEqual(['reuse-detected']);
    });

    await withServer({ REFRESH_TOKEN_LEEWAY: '60s' }, async (server) => {
      expect(await retryAfterHalfAMinute(server)).toBe(200);
    });
  });

  it('429 on refresh, to one client', async () => {
    const refreshOften = async (server: TestServer) => {
      let response = await refresh(server, await login(server, await createUser(server)));
      for (let count = 1; count < 25 && response.status === 200; count += 1) {
        response = await refresh(server, tokensFrom(response));
      }
      return response;
    };

    await withServer({ REFRESH_RATE_LIMIT_MAX: '20' }, async (server) => {
      const { status, headers } = await refreshOften(server);
      expect(status).toBe(429);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    });

    await withServer({ REFRESH_RATE_LIMIT_MAX: '60' }, async (server) => {
      expect((await refreshOften(server)).status).toBe(200);
    });
  });

  /** Logs in at a first deployment, and refreshes at a second one. Resolves to the result of the refresh. */
  const deployTwice = async (
    first: Record<string, string>,
    second: Record<string, string>,
  ): Promise<{ status: number; reasons: string[] }> => {
    let cookie = '';
    await withServer(first, async (server) => {
      ({ cookie } = await login(server, await createUser(server)));
    });
    let result = { status: 0, reasons: ['no refresh was sent'] };
    await withServer(second, async (server) => {
      const { status } = await refresh(server, { cookie });
      result = { status, reasons: reasonsIn(server) };
    });
    return result;
  };
  const ACCEPTED = { status: 200, reasons: [] };

  it('Everybody is logged out by each deployment; the log says `bad-signature`', async () => {
    const environment = testEnvironment(await newDatabase());
    const { REFRESH_SECRET = '', APP_KEYS = '' } = testEnvironment();

    const newSecret = await deployTwice(environment, { ...environment, REFRESH_SECRET });
    expect(newSecret).toEqual({ status: 401, reasons: ['bad-signature'] });
    // APP_KEYS sign the cookies of Strapi, but not the refresh cookie.
    expect(await deployTwice(environment, { ...environment, APP_KEYS })).toEqual(ACCEPTED);

    expect(await deployTwice(environment, environment)).toEqual(ACCEPTED);
  });

  it('Everybody is logged out by each deployment; the log says `unknown-session`', async () => {
    const secrets = testEnvironment();
    const firstContainer = { ...secrets, ...(await newDatabase()) };
    const secondContainer = { ...secrets, ...(await newDatabase()) };

    const result = await deployTwice(firstContainer, secondContainer);
    expect(result).toEqual({ status: 401, reasons: ['unknown-session'] });

    const databaseServer = { ...secrets, ...(await newDatabase()) };
    expect(await deployTwice(databaseServer, databaseServer)).toEqual(ACCEPTED);
  });
});

const runnable = isRunnable('Symptoms behind nginx', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'Linux (with 127.0.0.2)': process.platform === 'linux',
});

describe.skipIf(!runnable)('Symptoms of docs/deploying.md, behind nginx:', () => {
  const inBrowser = async <Result>(
    site: Site,
    use: (browser: Browser) => Promise<Result>,
    address?: string,
  ): Promise<Result> => {
    const browser = openBrowser(site, address);
    try {
      return await use(browser);
    } finally {
      browser.close();
    }
  };

  const logIn = (browser: Browser, { username, password }: TestUser) =>
    browser.post('/api/auth/local', { identifier: username, password });

  it('403 on login and refresh, from the own pages of the server, behind a proxy', async () => {
    await withServer({ ...PRODUCTION, IS_PROXIED: 'true' }, async (server) => {
      const user = await createUser(server);
      await behindNginx([portOf(server)], { headers: omit(FORWARDED, 'Host') }, async (site) => {
        await inBrowser(site, async (browser) => {
          expect((await logIn(browser, user)).body).toEqual(CROSS_SITE);
        });
      });

      await behindNginx([portOf(server)], { headers: FORWARDED }, async (site) => {
        await inBrowser(site, async (browser) => {
          expect((await logIn(browser, user)).status).toBe(200);
          expect((await browser.post('/api/token/refresh')).status).toBe(200);
        });
      });
    });
  });

  const limited = { ...PRODUCTION, AUTH_RATE_LIMIT_MAX: '3' };
  /** Exhausts the rate limit from one address. Resolves to the status of a login from another address. */
  const logInFromOtherAddress = async (
    server: TestServer,
    options: NginxOptions = {},
  ): Promise<number> => {
    const user = await createUser(server);
    let status = 0;
    await behindNginx([portOf(server)], options, async (site) => {
      await inBrowser(site, async (browser) => {
        for (let count = 0; count < 3; count += 1) {
          expect((await logIn(browser, { ...user, password: 'wrong' })).status).toBe(400);
        }
        expect((await logIn(browser, user)).status).toBe(429);
      });
      const response = await inBrowser(site, (other) => logIn(other, user), '127.0.0.2');
      status = response.status;
    });
    return status;
  };

  it('429 on login, to everybody at once, behind a proxy', async () => {
    await withServer(limited, async (server) => {
      expect(await logInFromOtherAddress(server)).toBe(429);
    });

    await withServer({ ...limited, IS_PROXIED: 'true' }, async (server) => {
      expect(await logInFromOtherAddress(server)).toBe(200);
    });
  });

  it('429 on login, to everybody at once, behind two proxies', async () => {
    const proxied = { ...limited, IS_PROXIED: 'true' };
    /** Appends the addresses that two proxies append: the client's, and that of the outer proxy. */
    const twoProxies = {
      headers: { ...FORWARDED, 'X-Forwarded-For': '"$proxy_add_x_forwarded_for, 192.0.2.10"' },
    };

    await withServer(proxied, async (server) => {
      expect(await logInFromOtherAddress(server, twoProxies)).toBe(429);
    });

    await withServer({ ...proxied, TRUSTED_PROXIES: '2' }, async (server) => {
      expect(await logInFromOtherAddress(server, twoProxies)).toBe(200);
    });
  });
});
