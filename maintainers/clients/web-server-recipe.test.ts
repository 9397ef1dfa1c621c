import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIdempotencyKeys } from '../../client/src/server';
import type * as Recipe from '../../examples/recipes/web-server/strapi';
import { createUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFETIME, DAY, sessionStatesOf } from './session-states';

const server = useServer({ REFRESH_COOKIE_PATH: '/' });
const network = useFakeNetwork(server);
const SECRET = 'a secret that all processes share';

beforeEach(() => {
  vi.stubEnv('STRAPI_URL', network.url);
  vi.stubEnv('RETRY_KEY_SECRET', SECRET);
});
afterEach(() => vi.unstubAllEnvs());

/** Imports the module anew, with nothing in its memory, like another process. */
const importAnew = async (): Promise<typeof Recipe> => {
  vi.resetModules();
  return import('../../examples/recipes/web-server/strapi');
};

const requestWith = (cookie: string) => ({ cookie, userAgent: 'test', address: '127.0.0.1' });

const logIn = async (rememberMe = true) => {
  const user = await createUser(server);
  const { logIn: start } = await importAnew();
  const outcome = await start(requestWith(''), user.username, user.password, rememberMe);
  if (outcome.kind !== 'renewed') throw new Error('The login was refused');
  return { user, cookie: refreshCookieOf(outcome), setCookies: outcome.setCookies };
};

const refreshCookieOf = ({ setCookies }: { setCookies: string[] }): string =>
  setCookies.find((cookie) => cookie.startsWith('refreshToken='))?.split(';')[0] ?? '';

const renew = async (cookie: string) => {
  const outcome = await (await importAnew()).renew(requestWith(cookie));
  if (outcome.kind !== 'renewed') throw new Error(`The outcome of the refresh is ${outcome.kind}`);
  return outcome;
};

describe('The web-server recipe', () => {
  it('derives the `Idempotency-Key` as the client package does, so that all processes send the same', async () => {
    const { cookie } = await logIn();
    network.dropResponses(REFRESH, 2);

    await renew(cookie);
    server.clock.advance(DAY);
    await renew(cookie);

    const [, token = ''] = cookie.split('=');
    const key = await createIdempotencyKeys(SECRET)(token);
    expect(network.keys()).toEqual([key, key, key, key]);
  });

  it('derives another `Idempotency-Key` from the next refresh token', async () => {
    const { cookie } = await logIn();
    const next = refreshCookieOf(await renew(cookie));
    server.clock.advance(ACCESS_TOKEN_LIFETIME);

    await renew(next);

    const [first, second] = network.keys();
    expect(second).toMatch(/^[\w-]{43}$/);
    expect(second).not.toBe(first);
  });

  it('creates a random secret if RETRY_KEY_SECRET is not set, and keeps it while the process runs', async () => {
    vi.stubEnv('RETRY_KEY_SECRET', '');
    const { cookie, user } = await logIn();
    await renew(cookie);
    server.clock.advance(DAY);

    await renew(cookie);

    expect(await sessionStatesOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    const unset = createHmac('sha256', '')
      .update(cookie.split('=')[1] ?? '')
      .digest('base64url');
    expect(network.keys()).not.toContain(unset);
  });

  it('sets no token in a cookie with `Max-Age` after a login with `rememberMe: false`', async () => {
    const { setCookies, cookie } = await logIn(false);

    for (const cookies of [setCookies, (await renew(cookie)).setCookies]) {
      const lasting = cookies.filter((header) => header.includes('Max-Age'));
      expect(lasting).toEqual([expect.stringMatching(/^accessTokenIsFresh=1; Max-Age=324; /)]);
    }
  });

  it('copies the attributes of the refresh cookie, even if Strapi clears other cookies, too', async () => {
    const { cookie } = await logIn();

    const { setCookies } = await renew(`${cookie}; refreshToken=of-another-path`);

    expect(setCookies.some((cookie) => cookie.includes('Path=/api'))).toBe(true);
    const [access, fresh] = setCookies.slice(-2);
    expect(access).toMatch(/^accessToken=.*; Path=\/(;|$)/);
    expect(fresh).toMatch(/^accessTokenIsFresh=1; Max-Age=324; .*Path=\/(;|$)/);
  });
});
