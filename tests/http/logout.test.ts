import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  cookiesSetBy,
  FAULT,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/answers';
import { NO_TABLE, withoutSessionTable } from '../helpers/faults';
import {
  bearer,
  createPerson,
  loggedInBy,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  WANTS_BODY,
  whoAmI,
  type LoggedIn,
} from '../helpers/people';
import { useServer } from '../helpers/suite';

const MINUTE = 60_000;

const server = useServer();

const logout = (body?: object) => server.request().post('/api/auth/logout').send(body);

const somebody = async (headers: Record<string, string> = {}) => {
  const person = await createPerson(server);
  return { person, device: await login(server, person, headers) };
};

const ownerOfTwoDevices = async () => {
  const person = await createPerson(server);
  const [phone, laptop] = [await login(server, person), await login(server, person)];
  return { person, phone, laptop };
};

const expectLoggedOut = async (device: LoggedIn): Promise<void> => {
  expect((await refreshByBody(server, device.refreshToken)).body).toEqual(INVALID_REFRESH_TOKEN);
  expect((await whoAmI(server, device)).body).toEqual(refusal(401));
};

const expectLoggedIn = async (device: LoggedIn): Promise<void> => {
  await whoAmI(server, device).expect(200);
  await refreshByBody(server, device.refreshToken).expect(200);
};

const reasonsOf = async (person: { id: number }) =>
  (await storedSessions(server, person)).map(({ revokedReason }) => revokedReason);

describe('POST /api/auth/logout', () => {
  describe('ends this session alone', () => {
    it('by the cookie, which it clears', async () => {
      const { person, phone, laptop } = await ownerOfTwoDevices();

      const response = await logout().set('Cookie', phone.cookie).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      expect(response.headers).not.toHaveProperty('clear-site-data');
      await expectLoggedOut(phone);
      await expectLoggedIn(laptop);
      expect(await reasonsOf(person)).toEqual(['logout', null]);
    });

    it('by a refresh token in the body', async () => {
      const { person, device } = await somebody(WANTS_BODY);
      const other = await login(server, person);

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

    it('by the access token from before a refresh', async () => {
      const { device } = await somebody();
      const newest = loggedInBy(await refresh(server, device).expect(200));

      await logout().set(bearer(device)).expect(200);

      await expectLoggedOut(newest);
    });

    it.each([
      ['within the leeway', 0],
      ['and long after it', 30 * MINUTE],
    ])('by a refresh token one rotation old, %s', async (_name, wait) => {
      const { person, device } = await somebody();
      const newest = loggedInBy(await refresh(server, device).expect(200));
      server.clock.advance(wait);

      await logout().set('Cookie', device.cookie).expect(200);

      await expectLoggedOut(newest);
      expect(await reasonsOf(person)).toEqual(['logout']);
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
      ['the cookie', ({ cookie }: LoggedIn) => ({ Cookie: cookie })],
      ['an access token', bearer],
    ])('by %s', async (_name, headers) => {
      const { person, phone, laptop } = await ownerOfTwoDevices();

      const response = await logout({ scope: 'all' }).set(headers(phone)).expect(200);

      expect(response.body).toEqual({ ok: true });
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      await expectLoggedOut(phone);
      await expectLoggedOut(laptop);
      expect(await reasonsOf(person)).toEqual(['logout-all', 'logout-all']);
    });

    it('by a refresh token in the body', async () => {
      const { person, device } = await somebody(WANTS_BODY);
      const other = await login(server, person);

      await logout({ scope: 'all', refreshToken: device.refreshToken }).expect(200);

      await expectLoggedOut(device);
      await expectLoggedOut(other);
    });

    it.each(['some', '', 1, true, [], ['all'], {}])(
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
      const { person, device } = await somebody();
      await server.strapi.db.connection('up_users').where({ id: person.id }).delete();
      await expectSuccess(device.cookie);
    });
  });

  it('does not speak for the other sessions with a token two rotations old', async () => {
    const { phone, laptop } = await ownerOfTwoDevices();
    const second = loggedInBy(await refresh(server, phone).expect(200));
    server.clock.advance(11_000);
    const third = loggedInBy(await refresh(server, second).expect(200));

    await logout({ scope: 'all' }).set('Cookie', phone.cookie).expect(200);

    await expectLoggedOut(third);
    await expectLoggedIn(laptop);
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
