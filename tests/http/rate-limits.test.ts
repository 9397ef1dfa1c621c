import type { Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { refusal } from '../helpers/responses';
import {
  bearer,
  createUser,
  login,
  BODY_TRANSPORT,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import type { TestServer } from '../helpers/server';
import { useServer, withServer } from '../helpers/suite';

const MAXIMUM = 5;

const TOO_MANY_REQUESTS = {
  data: null,
  error: {
    status: 429,
    name: 'RateLimitError',
    message: 'Too many requests, please try again later.',
    details: { code: 'rate-limited' },
  },
};

const REFRESH_PATHS = ['/api/token/refresh', '/api/auth/refresh'] as const;
const LOGOUT_PATH = '/api/auth/logout';
const SHARED_PATHS = [...REFRESH_PATHS, LOGOUT_PATH] as const;

let addresses = 0;
/** Returns an address that no other test uses. */
const newAddress = (): string => {
  addresses += 1;
  return `203.0.113.${addresses}`;
};

const post = (
  server: Pick<TestServer, 'request'>,
  path: string,
  body: object,
  address = newAddress(),
) => server.request().post(path).set('X-Forwarded-For', address).send(body);

const expectTooManyRequests = (response: Response): void => {
  expect(response.status).toBe(429);
  expect(response.body).toEqual(TOO_MANY_REQUESTS);
  const seconds = Number(response.headers['retry-after']);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(response.headers).toMatchObject({
    'x-ratelimit-limit': String(MAXIMUM),
    'x-ratelimit-remaining': '0',
  });
  const reset = Number(response.headers['x-ratelimit-reset']) - Date.now() / 1000;
  expect(Math.abs(reset - seconds)).toBeLessThan(5);
};

describe('Rate limits of five requests a minute', () => {
  const server = useServer({
    REFRESH_RATE_LIMIT_MAX: String(MAXIMUM),
    AUTH_RATE_LIMIT_MAX: String(MAXIMUM),
    IS_PROXIED: 'true',
  });

  const logInNewUser = async (address = newAddress()): Promise<ClientTokens> =>
    login(server, await createUser(server), { ...BODY_TRANSPORT, 'X-Forwarded-For': address });

  /** Refreshes as a client does, each time with the newest token, which is returned. */
  const refreshTimes = async (
    times: number,
    { refreshToken }: ClientTokens,
    address: string,
  ): Promise<string> => {
    let token = refreshToken;
    for (let count = 0; count < times; count += 1) {
      const path = REFRESH_PATHS[count % REFRESH_PATHS.length] as string;
      const response = await post(server, path, { refreshToken: token }, address).expect(200);
      token = response.body.refreshToken;
    }
    return token;
  };

  const sendGarbageUntilRefused = async (address: string): Promise<void> => {
    for (let count = 0; count < MAXIMUM; count += 1) {
      await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, address).expect(401);
    }
    expectTooManyRequests(
      await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, address),
    );
  };

  describe('a genuine session', () => {
    it.each(SHARED_PATHS)('is refused at its sixth request a minute, at %s', async (path) => {
      const address = newAddress();
      const session = await logInNewUser();
      const refreshToken = await refreshTimes(MAXIMUM, session, address);

      expectTooManyRequests(await post(server, path, { refreshToken }, address));

      await fetchOwnAccount(server, session).expect(200);
    });

    it('is counted whatever address its requests come from', async () => {
      const session = await logInNewUser();
      for (let count = 0; count < MAXIMUM; count += 1) {
        await post(server, LOGOUT_PATH, { refreshToken: session.refreshToken }).expect(200);
      }

      for (const path of SHARED_PATHS) {
        expectTooManyRequests(await post(server, path, { refreshToken: session.refreshToken }));
      }
    });

    it('is also counted when it logs out by access token', async () => {
      const session = await logInNewUser();
      const logout = () => server.request().post(LOGOUT_PATH).set(bearer(session));
      for (let count = 0; count < MAXIMUM; count += 1) await logout().expect(200);

      expectTooManyRequests(await logout());
    });

    it('is not limited by another session at its address', async () => {
      const office = newAddress();
      const [busy, quiet] = [await logInNewUser(office), await logInNewUser(office)];
      const refreshToken = await refreshTimes(MAXIMUM, busy, office);
      expectTooManyRequests(await post(server, REFRESH_PATHS[0], { refreshToken }, office));

      await refreshTimes(MAXIMUM, quiet, office);
    });

    it('is not limited by garbage from its address', async () => {
      const office = newAddress();
      const [staying, leaving] = [await logInNewUser(office), await logInNewUser(office)];

      await sendGarbageUntilRefused(office);

      await refreshTimes(MAXIMUM, staying, office);
      await post(server, LOGOUT_PATH, { refreshToken: leaving.refreshToken }, office).expect(200);
      expectTooManyRequests(
        await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, office),
      );
    });
  });

  describe('a request without a genuine token', () => {
    it('is counted by address, whatever its body and path', async () => {
      const address = newAddress();
      const { accessToken } = await logInNewUser();
      const responses = [
        await post(server, REFRESH_PATHS[0], {}, address),
        await post(server, REFRESH_PATHS[1], { refreshToken: ['garbage'] }, address),
        await post(server, REFRESH_PATHS[1], { refreshToken: accessToken }, address),
        await post(server, LOGOUT_PATH, { refreshToken: 'garbage' }, address),
        await post(server, LOGOUT_PATH, { scope: 'everything' }, address),
      ];
      expect(responses.map(({ status }) => status)).toEqual([400, 400, 401, 200, 400]);

      for (const path of SHARED_PATHS) {
        expectTooManyRequests(await post(server, path, { refreshToken: 'more garbage' }, address));
      }
    });

    it('is counted when it has a cookie and comes from another site', async () => {
      const address = newAddress();
      const { cookie } = await login(server, await createUser(server), {
        'X-Forwarded-For': newAddress(),
      });
      const forge = () =>
        post(server, REFRESH_PATHS[0], {}, address).set({
          Cookie: cookie,
          Origin: 'https://evil.example',
        });
      for (let count = 0; count < MAXIMUM; count += 1) await forge().expect(403);

      expectTooManyRequests(await forge());
    });

    it('does not count against another address', async () => {
      await sendGarbageUntilRefused(newAddress());

      const { body } = await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }).expect(
        401,
      );

      expect(body).toEqual(refusal(401, 'Invalid refresh token'));
    });

    it('is counted by the address of the connection when the forwarded one is invalid', async () => {
      const garbage = (count: number) =>
        post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, `not-an-address-${count}`);
      for (let count = 0; count < MAXIMUM; count += 1) await garbage(count).expect(401);

      expectTooManyRequests(await garbage(MAXIMUM));
    });
  });

  describe('login, register and password routes', () => {
    const paths = [
      '/api/auth/local',
      '/api/auth/local/register',
      '/api/auth/forgot-password',
      '/api/auth/reset-password',
    ];
    /** A body that every route refuses, with other values each time. */
    const bodyOf = (count: number) => ({
      identifier: `nobody-${count}`,
      password: `wrong-${count}`,
      code: `code-${count}`,
      email: `nobody-${count}@example.com`,
    });

    it.each(paths)(
      '%s refuses the sixth request of an address, whatever the body',
      async (path) => {
        const address = newAddress();
        for (let count = 0; count < MAXIMUM; count += 1) {
          await post(server, path, bodyOf(count), address).expect(400);
        }

        expectTooManyRequests(await post(server, path, bodyOf(MAXIMUM), address));

        await post(server, path, bodyOf(MAXIMUM)).expect(400);
      },
    );

    it('refuse the right password after too many wrong ones', async () => {
      const address = newAddress();
      const { username, password } = await createUser(server);
      for (let count = 0; count < MAXIMUM; count += 1) {
        const guess = { identifier: username, password: `guess-${count}` };
        await post(server, '/api/auth/local', guess, address).expect(400);
      }

      const response = await post(
        server,
        '/api/auth/local',
        { identifier: username, password },
        address,
      );

      expectTooManyRequests(response);
      expect(response.headers['set-cookie']).toBeUndefined();
    });

    it('count a route however its path is spelled', async () => {
      const address = newAddress();
      const body = { identifier: 'nobody', password: 'wrong' };
      const spellings = [
        '/api/auth/local',
        '/api/Auth/Local',
        '/api/auth/local/',
        '/api/AUTH/LOCAL/',
        '/api/auth/local?email=another@example.com',
      ];
      for (const path of spellings) await post(server, path, body, address).expect(400);

      for (const path of spellings) expectTooManyRequests(await post(server, path, body, address));
    });

    it('count the callback of a provider', async () => {
      const get = (address: string) =>
        server.request().get('/api/auth/google/callback').set('X-Forwarded-For', address);
      const address = newAddress();
      for (let count = 0; count < MAXIMUM; count += 1) await get(address).expect(400);

      expectTooManyRequests(await get(address));
    });

    it('have separate counts', async () => {
      const address = newAddress();
      for (const path of paths) {
        for (let count = 0; count < MAXIMUM; count += 1) {
          await post(server, path, bodyOf(count), address).expect(400);
        }
      }
    });
  });
});

describe('Rate limits of 0', () => {
  it('limit nothing', async () => {
    const variables = { REFRESH_RATE_LIMIT_MAX: '0', AUTH_RATE_LIMIT_MAX: '0' };
    await withServer(variables, async (server) => {
      const { refreshToken } = await login(server, await createUser(server), BODY_TRANSPORT);
      for (let count = 0; count < 30; count += 1) {
        const requests = [
          post(server, REFRESH_PATHS[0], { refreshToken }).expect(200),
          post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }).expect(401),
          post(server, '/api/auth/local', {}).expect(400),
        ];
        for (const { headers } of await Promise.all(requests)) {
          expect(headers).not.toHaveProperty('x-ratelimit-limit');
        }
      }
    });
  });
});
