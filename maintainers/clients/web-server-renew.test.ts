import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Recipe from '../../examples/recipes/web-server/strapi';
import { createUser } from '../../tests/helpers/users';
import { useServer } from '../../tests/helpers/suite';
import { REFRESH, useFakeNetwork } from './fake-network';
import { ACCESS_TOKEN_LIFE, DAY, sessionsOf } from './sessions';

const server = useServer({ REFRESH_COOKIE_PATH: '/' });
const line = useFakeNetwork(server);
const SECRET = 'a secret that all processes share';

beforeEach(() => {
  vi.stubEnv('STRAPI_URL', line.url);
  vi.stubEnv('RETRY_KEY_SECRET', SECRET);
});
afterEach(() => vi.unstubAllEnvs());

/** The module as another process has it: with nothing in its memory. */
const newProcess = async (): Promise<typeof Recipe> => {
  vi.resetModules();
  return import('../../examples/recipes/web-server/strapi');
};

const visitorWith = (cookie: string) => ({ cookie, userAgent: 'test', address: '127.0.0.1' });

const logIn = async () => {
  const user = await createUser(server);
  const { logIn: start } = await newProcess();
  const outcome = await start(visitorWith(''), user.username, user.password);
  if (outcome.kind !== 'renewed') throw new Error('The login was refused');
  return { user, cookie: refreshCookieOf(outcome) };
};

const refreshCookieOf = ({ setCookies }: { setCookies: string[] }): string =>
  setCookies.find((line) => line.startsWith('refreshToken='))?.split(';')[0] ?? '';

const renew = async (cookie: string) => {
  const outcome = await (await newProcess()).renew(visitorWith(cookie));
  if (outcome.kind !== 'renewed') throw new Error(`The refresh came to: ${outcome.kind}`);
  return outcome;
};

describe('The web-server recipe', () => {
  it('derives the key from the refresh token, the same for each retry in each process', async () => {
    const { cookie } = await logIn();
    line.lose(REFRESH, 2);

    await renew(cookie);
    server.clock.advance(DAY);
    await renew(cookie);

    const [, token = ''] = cookie.split('=');
    const key = createHmac('sha256', SECRET).update(token).digest('base64url');
    expect(line.keys()).toEqual([key, key, key, key]);
  });

  it('derives another key from the next refresh token', async () => {
    const { cookie } = await logIn();
    const next = refreshCookieOf(await renew(cookie));
    server.clock.advance(ACCESS_TOKEN_LIFE);

    await renew(next);

    const [first, second] = line.keys();
    expect(second).toMatch(/^[\w-]{43}$/);
    expect(second).not.toBe(first);
  });

  it('has a secret of its own where none is set, for as long as the process runs', async () => {
    vi.stubEnv('RETRY_KEY_SECRET', '');
    const { cookie, user } = await logIn();
    await renew(cookie);
    server.clock.advance(DAY);

    await renew(cookie);

    expect(await sessionsOf(server, user)).toEqual([{ generation: 1, revokedReason: null }]);
    const unset = createHmac('sha256', '')
      .update(cookie.split('=')[1] ?? '')
      .digest('base64url');
    expect(line.keys()).not.toContain(unset);
  });

  it('gives its own cookie the attributes of the refresh cookie where Strapi clears others', async () => {
    const { cookie } = await logIn();

    const { setCookies } = await renew(`${cookie}; refreshToken=of-another-path`);

    expect(setCookies.some((line) => line.includes('Path=/api'))).toBe(true);
    expect(setCookies.at(-1)).toMatch(/^accessToken=.*; Path=\/(;|$)/);
  });
});
