import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  cookiesSetBy,
  FAULT,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/responses';
import { NO_TABLE, withoutSessionTable } from '../helpers/faults';
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

const somebody = async (headers: Record<string, string> = {}) => {
  const user = await createUser(server);
  return { user, device: await login(server, user, headers) };
};

const ownerOfTwoDevices = async () => {
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
  describe('ends this session alone', () => {
    it('by the cookie, which it clears', async () => {
      const { user, phone, laptop } = await ownerOfTwoDevices();

      const response = await logout().set('Cookie', phone.cookie).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      expect(response.headers).not.toHaveProperty('clear-site-data');
      await expectLoggedOut(phone);
      await expectLoggedIn(laptop);
      expect(await reasonsOf(user)).toEqual(['logout', null]);
    });

    it('by a refresh token in the body', async () => {
      const { user, device } = await somebody(BODY_TRANSPORT);
      const other = await login(server, user);

      const response = await logout({ refreshToken: device.refreshToken }).expect(200);

      expect(response.body).toEqual({ ok: true });
      await expectLoggedOut(device);
      await expectLoggedIn(other);
    });

    it('by an access token', async () => {
      const { phone, laptop } = await ownerOfTwoDevices();

      const response = await logout().set(bearer(phone)).expect(200);

      expect(response.body).toEqual({ ok: true });
      await expectLoggedOut(phone);
      await expectLoggedIn(laptop);
    });

    it('by the cookie where an access token that has expired comes along', async () => {
      const { device } = await somebody();
      server.clock.advance(7 * MINUTE);

      await logout()
        .set({ Cookie: device.cookie, ...bearer(device) })
        .expect(200);

      expect((await refresh(server, device)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('by a good access token where the cookie is no longer of use', async () => {
      const { device } = await somebody();

      await logout()
        .set({ Cookie: 'refreshToken=garbage', ...bearer(device) })
        .expect(200);

      await expectLoggedOut(device);
    });
  });

  describe('with scope all ends every session of the user', () => {
    it.each([
      ['the cookie', ({ cookie }: ClientTokens) => ({ Cookie: cookie })],
      ['an access token', bearer],
    ])('by %s', async (_name, headers) => {
      const { user, phone, laptop } = await ownerOfTwoDevices();

      const response = await logout({ scope: 'all' }).set(headers(phone)).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      await expectLoggedOut(phone);
      await expectLoggedOut(laptop);
      expect(await reasonsOf(user)).toEqual(['logout-all', 'logout-all']);
    });

    it.each(['some', ['all']])(
      'and refuses any other scope (%j), ending nothing',
      async (scope) => {
        const { device } = await somebody();

        const response = await logout({ scope }).set('Cookie', device.cookie);

        expect(response.body).toEqual(refusal(400));
        expect(cookiesSetBy(response)).toEqual([]);
        await expectLoggedIn(device);
      },
    );
  });

  describe('succeeds too, clearing the cookie,', () => {
    const expectSuccess = async (cookie: string): Promise<void> => {
      const response = await logout().set('Cookie', cookie).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(expect.arrayContaining(clearedRefreshCookie));
    };

    it('the second time', async () => {
      const { device } = await somebody();
      await expectSuccess(device.cookie);
      await expectSuccess(device.cookie);
    });

    it('with a token that has expired', async () => {
      const { device } = await somebody();
      server.clock.advance(3 * 24 * 60 * MINUTE);
      await expectSuccess(device.cookie);
    });

    it('with a token that never was one', async () => {
      await expectSuccess('refreshToken=garbage');
      const response = await logout({ refreshToken: 'garbage' }).expect(200);
      expect(response.body).toEqual({ ok: true });
    });

    it('with the token of somebody who is gone', async () => {
      const { user, device } = await somebody();
      await server.strapi.db.connection('up_users').where({ id: user.id }).delete();
      await expectSuccess(device.cookie);
    });
  });

  describe('refuses with 401', () => {
    it.each([
      ['neither kind of token', {}],
      ['an access token that is none', { Authorization: 'Bearer garbage' }],
      ['another scheme', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ])('%s', async (_name, headers) => {
      const response = await logout().set(headers).expect(401);

      expect(response.body).toEqual(refusal(401, 'Missing authentication'));
    });
  });

  it('answers 5xx while the database is at fault, keeps the cookie, and works afterwards', async () => {
    const { device } = await somebody();

    await server.expectErrors(NO_TABLE, () =>
      withoutSessionTable(server, async () => {
        const response = await logout().set('Cookie', device.cookie);
        expect(response.body).toEqual(FAULT);
        expect(cookiesSetBy(response)).toEqual([]);
      }),
    );

    await logout().set('Cookie', device.cookie).expect(200);
    await expectLoggedOut(device);
  });
});
