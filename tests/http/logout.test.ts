import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  cookiesSetBy,
  INTERNAL_SERVER_ERROR,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/responses';
import { MISSING_TABLE, withoutSessionTable } from '../helpers/faults';
import {
  bearer,
  createUser,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  BODY_TRANSPORT,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const MINUTE = 60_000;

const server = useServer();

const logout = (body?: object) => server.request().post('/api/auth/logout').send(body);

const logInNewUser = async (headers: Record<string, string> = {}) => {
  const user = await createUser(server);
  return { user, device: await login(server, user, headers) };
};

const userWithTwoDevices = async () => {
  const user = await createUser(server);
  const [phone, laptop] = [await login(server, user), await login(server, user)];
  return { user, phone, laptop };
};

const expectLoggedOut = async (device: ClientTokens): Promise<void> => {
  expect((await refreshByBody(server, device.refreshToken)).body).toEqual(INVALID_REFRESH_TOKEN);
  expect((await fetchOwnAccount(server, device)).body).toEqual(refusal(401));
};

const expectLoggedIn = async (device: ClientTokens): Promise<void> => {
  await fetchOwnAccount(server, device).expect(200);
  await refreshByBody(server, device.refreshToken).expect(200);
};

const reasonsOf = async (user: { id: number }) =>
  (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);

describe('POST /api/auth/logout', () => {
  describe('without a scope', () => {
    it('ends only the session of the cookie, and clears the cookie', async () => {
      const { user, phone, laptop } = await userWithTwoDevices();

      const response = await logout().set('Cookie', phone.cookie).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      expect(response.headers).not.toHaveProperty('clear-site-data');
      await expectLoggedOut(phone);
      await expectLoggedIn(laptop);
      expect(await reasonsOf(user)).toEqual(['logout', null]);
    });

    it('ends only the session of a refresh token in the body', async () => {
      const { user, device } = await logInNewUser(BODY_TRANSPORT);
      const other = await login(server, user);

      const response = await logout({ refreshToken: device.refreshToken }).expect(200);

      expect(response.body).toEqual({ ok: true });
      await expectLoggedOut(device);
      await expectLoggedIn(other);
    });

    it('ends only the session of an access token', async () => {
      const { phone, laptop } = await userWithTwoDevices();

      const response = await logout().set(bearer(phone)).expect(200);

      expect(response.body).toEqual({ ok: true });
      await expectLoggedOut(phone);
      await expectLoggedIn(laptop);
    });

    it('ends the session of the cookie despite an expired access token', async () => {
      const { device } = await logInNewUser();
      server.clock.advance(7 * MINUTE);

      await logout()
        .set({ Cookie: device.cookie, ...bearer(device) })
        .expect(200);

      expect((await refresh(server, device)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('ends the session of the access token when that of the cookie has ended', async () => {
      const { phone, laptop } = await userWithTwoDevices();
      await logout().set('Cookie', phone.cookie).expect(200);

      await logout()
        .set({ Cookie: phone.cookie, ...bearer(laptop) })
        .expect(200);

      await expectLoggedOut(laptop);
    });

    it('ends the session of the access token when the cookie is garbage', async () => {
      const { device } = await logInNewUser();

      await logout()
        .set({ Cookie: 'refreshToken=garbage', ...bearer(device) })
        .expect(200);

      await expectLoggedOut(device);
    });
  });

  describe('with a scope', () => {
    it.each([
      ['the cookie', ({ cookie }: ClientTokens) => ({ Cookie: cookie })],
      ['an access token', bearer],
    ])('ends every session of the user when it is all, by %s', async (_name, headers) => {
      const { user, phone, laptop } = await userWithTwoDevices();

      const response = await logout({ scope: 'all' }).set(headers(phone)).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      await expectLoggedOut(phone);
      await expectLoggedOut(laptop);
      expect(await reasonsOf(user)).toEqual(['logout-all', 'logout-all']);
    });

    it.each(['some', ['all']])('is refused and ends nothing when it is %j', async (scope) => {
      const { device } = await logInNewUser();

      const response = await logout({ scope }).set('Cookie', device.cookie);

      expect(response.body).toEqual(refusal(400));
      expect(cookiesSetBy(response)).toEqual([]);
      await expectLoggedIn(device);
    });
  });

  describe('without a live session', () => {
    const expectSuccess = async (cookie: string): Promise<void> => {
      const response = await logout().set('Cookie', cookie).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(expect.arrayContaining(clearedRefreshCookie));
    };

    it('succeeds the second time, and clears the cookie', async () => {
      const { device } = await logInNewUser();
      await expectSuccess(device.cookie);
      await expectSuccess(device.cookie);
    });

    it('succeeds with an expired token, and clears the cookie', async () => {
      const { device } = await logInNewUser();
      server.clock.advance(3 * 24 * 60 * MINUTE);
      await expectSuccess(device.cookie);
    });

    it('succeeds with garbage, and clears the cookie', async () => {
      await expectSuccess('refreshToken=garbage');
      const response = await logout({ refreshToken: 'garbage' }).expect(200);
      expect(response.body).toEqual({ ok: true });
    });

    it('succeeds with the token of a deleted user, and clears the cookie', async () => {
      const { user, device } = await logInNewUser();
      await server.strapi.db.connection('up_users').where({ id: user.id }).delete();
      await expectSuccess(device.cookie);
    });
  });

  describe('without a refresh or access token', () => {
    it.each([
      ['no header', {}],
      ['garbage as an access token', { Authorization: 'Bearer garbage' }],
      ['another authorization scheme', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ])('is refused with 401: %s', async (_name, headers) => {
      const response = await logout().set(headers).expect(401);

      expect(response.body).toEqual(refusal(401, 'Missing authentication'));
    });
  });

  it('answers 500 while the database fails, keeps the cookie, and works afterwards', async () => {
    const { device } = await logInNewUser();

    await server.expectErrors(MISSING_TABLE, () =>
      withoutSessionTable(server, async () => {
        const response = await logout().set('Cookie', device.cookie);
        expect(response.body).toEqual(INTERNAL_SERVER_ERROR);
        expect(cookiesSetBy(response)).toEqual([]);
      }),
    );

    await logout().set('Cookie', device.cookie).expect(200);
    await expectLoggedOut(device);
  });
});
