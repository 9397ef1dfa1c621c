import type { Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { refusal } from '../helpers/responses';
import { bearer, createUser, login, BODY_TRANSPORT, fetchOwnAccount, type ClientTokens } from '../helpers/users';
import type { TestServer } from '../helpers/server';
import { useServer, withServer } from '../helpers/suite';

const MAXIMUM = 5;

const TOO_MANY_REQUESTS = {
  data: null,
  error: {
    status: 429,
    name: 'RateLimitError',
    message: 'Too many requests, please try again later.',
    details: {},
  },
};

const REFRESH_PATHS = ['/api/token/refresh', '/api/auth/refresh'] as const;
const LOGOUT_PATH = '/api/auth/logout';
const SHARED_PATHS = [...REFRESH_PATHS, LOGOUT_PATH] as const;

let addresses = 0;
/** An address that no other test sends from. */
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

const expectTooMany = (response: Response): void => {
  expect(response.status).toBe(429);
  expect(response.body).toEqual(TOO_MANY_REQUESTS);
  const seconds = Number(response.headers['retry-after']);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
};

describe('with limits of five a minute', () => {
  const server = useServer({
    REFRESH_RATE_LIMIT_MAX: String(MAXIMUM),
    AUTH_RATE_LIMIT_MAX: String(MAXIMUM),
    IS_PROXIED: 'true',
  });

  const somebody = async (address = newAddress()): Promise<ClientTokens> =>
    login(server, await createUser(server), { ...BODY_TRANSPORT, 'X-Forwarded-For': address });

  /** Refreshes as a client does: each time with the token of the time before. */
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
    expectTooMany(await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, address));
  };

  describe('a genuine session', () => {
    it.each(SHARED_PATHS)('is stopped at its sixth request a minute, at %s', async (path) => {
      const address = newAddress();
      const session = await somebody();
      const refreshToken = await refreshTimes(MAXIMUM, session, address);

      expectTooMany(await post(server, path, { refreshToken }, address));

      await fetchOwnAccount(server, session).expect(200);
    });

    it('is counted wherever its requests come from', async () => {
      const session = await somebody();
      for (let count = 0; count < MAXIMUM; count += 1) {
        await post(server, LOGOUT_PATH, { refreshToken: session.refreshToken }).expect(200);
      }

      for (const path of SHARED_PATHS) {
        expectTooMany(await post(server, path, { refreshToken: session.refreshToken }));
      }
    });

    it('is counted when it logs out by access token, too', async () => {
      const session = await somebody();
      const logout = () => server.request().post(LOGOUT_PATH).set(bearer(session));
      for (let count = 0; count < MAXIMUM; count += 1) await logout().expect(200);

      expectTooMany(await logout());
    });

    it('does not suffer from another session behind its address', async () => {
      const office = newAddress();
      const [busy, quiet] = [await somebody(office), await somebody(office)];
      const refreshToken = await refreshTimes(MAXIMUM, busy, office);
      expectTooMany(await post(server, REFRESH_PATHS[0], { refreshToken }, office));

      await refreshTimes(MAXIMUM, quiet, office);
    });

    it('does not suffer from garbage that its address is refused for', async () => {
      const office = newAddress();
      const [staying, leaving] = [await somebody(office), await somebody(office)];

      await sendGarbageUntilRefused(office);

      await refreshTimes(MAXIMUM, staying, office);
      await post(server, LOGOUT_PATH, { refreshToken: leaving.refreshToken }, office).expect(200);
      expectTooMany(await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, office));
    });
  });

  describe('anything but a genuine token', () => {
    it('is counted by address, whatever it is and on every path', async () => {
      const address = newAddress();
      const { accessToken } = await somebody();
      const answers = [
        await post(server, REFRESH_PATHS[0], {}, address),
        await post(server, REFRESH_PATHS[1], { refreshToken: ['garbage'] }, address),
        await post(server, REFRESH_PATHS[1], { refreshToken: accessToken }, address),
        await post(server, LOGOUT_PATH, { refreshToken: 'garbage' }, address),
        await post(server, LOGOUT_PATH, { scope: 'everything' }, address),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 401, 200, 400]);

      for (const path of SHARED_PATHS) {
        expectTooMany(await post(server, path, { refreshToken: 'more garbage' }, address));
      }
    });

    it('is counted when it is a cookie from another site', async () => {
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

      expectTooMany(await forge());
    });

    it('does not count against another address', async () => {
      await sendGarbageUntilRefused(newAddress());

      const { body } = await post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }).expect(
        401,
      );

      expect(body).toEqual(refusal(401, 'Invalid refresh token'));
    });

    it('is counted by the address of the connection where the forwarded one is none', async () => {
      const garbage = (count: number) =>
        post(server, REFRESH_PATHS[0], { refreshToken: 'garbage' }, `not-an-address-${count}`);
      for (let count = 0; count < MAXIMUM; count += 1) await garbage(count).expect(401);

      expectTooMany(await garbage(MAXIMUM));
    });
  });

  describe('login, register and password routes', () => {
    const paths = [
      '/api/auth/local',
      '/api/auth/local/register',
      '/api/auth/forgot-password',
      '/api/auth/reset-password',
    ];
    /** What none of them accepts, and another each time. */
    const bodyOf = (count: number) => ({
      identifier: `nobody-${count}`,
      password: `wrong-${count}`,
      code: `code-${count}`,
      email: `nobody-${count}@example.com`,
    });

    it.each(paths)(
      '%s stops an address at its sixth request, whatever the body says',
      async (path) => {
        const address = newAddress();
        for (let count = 0; count < MAXIMUM; count += 1) {
          await post(server, path, bodyOf(count), address).expect(400);
        }

        expectTooMany(await post(server, path, bodyOf(MAXIMUM), address));

        await post(server, path, bodyOf(MAXIMUM)).expect(400);
      },
    );

    it('stop a right password as well as a wrong one', async () => {
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

      expectTooMany(response);
      expect(response.headers['set-cookie']).toBeUndefined();
    });

    it('know a route however it is spelled', async () => {
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

      for (const path of spellings) expectTooMany(await post(server, path, body, address));
    });

    it('are counted one by one', async () => {
      const address = newAddress();
      for (const path of paths) {
        for (let count = 0; count < MAXIMUM; count += 1) {
          await post(server, path, bodyOf(count), address).expect(400);
        }
      }
    });
  });
});

describe('with limits of 0', () => {
  it('nothing is limited', async () => {
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
