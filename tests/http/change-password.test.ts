import { describe, expect, it } from 'vitest';
import {
  cookiesSetBy,
  freshRefreshCookie,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/answers';
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

const NEW_PASSWORD = 'another-horse';

const server = useServer();

const changePassword = (who: LoggedIn, changes: object = {}) =>
  server
    .request()
    .post('/api/auth/change-password')
    .set(bearer(who))
    .send({
      currentPassword: 'correct-horse',
      password: NEW_PASSWORD,
      passwordConfirmation: NEW_PASSWORD,
      ...changes,
    });

/** Somebody with a phone and a laptop, who changes the password on the laptop. */
const ownerOfTwoDevices = async () => {
  const person = await createPerson(server);
  const [phone, laptop] = [await login(server, person), await login(server, person)];
  return { person, phone, laptop };
};

describe('POST /api/auth/change-password', () => {
  it('starts a new session, whose tokens work', async () => {
    const { person, laptop } = await ownerOfTwoDevices();

    const response = await changePassword(laptop).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({ status: 'Authenticated', user: { id: person.id } });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    await whoAmI(server, loggedInBy(response)).expect(200);
    await refresh(server, loggedInBy(response)).expect(200);
    await login(server, { ...person, password: NEW_PASSWORD });
  });

  it('gives a native app the refresh token in the body', async () => {
    const { laptop } = await ownerOfTwoDevices();

    const response = await changePassword(laptop).set(WANTS_BODY).expect(200);

    expect(cookiesSetBy(response)).toEqual([]);
    await refreshByBody(server, loggedInBy(response).refreshToken).expect(200);
  });

  it.fails('refuses the refresh tokens of every older session from then on', async () => {
    const { phone, laptop } = await ownerOfTwoDevices();
    await changePassword(laptop).expect(200);

    for (const device of [phone, laptop]) {
      const response = await refresh(server, device);
      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    }
  });

  it.fails('refuses the access tokens of every older session from then on', async () => {
    const { phone, laptop } = await ownerOfTwoDevices();
    await changePassword(laptop).expect(200);

    for (const device of [phone, laptop]) {
      const response = await whoAmI(server, device);
      expect(response.body).toEqual(refusal(401));
    }
  });

  it.fails('says in the rows why the older sessions ended', async () => {
    const { person, laptop } = await ownerOfTwoDevices();
    await changePassword(laptop).expect(200);

    const reasons = (await storedSessions(server, person)).map((session) => session.revokedReason);
    expect(reasons).toEqual(['password-changed', 'password-changed', null]);
  });

  describe('refuses, and leaves every session alive,', () => {
    it.each([
      ['a wrong current password', { currentPassword: 'wrong-horse' }],
      ['a confirmation that differs', { passwordConfirmation: 'yet-another-horse' }],
      [
        'the password that it is already',
        { password: 'correct-horse', passwordConfirmation: 'correct-horse' },
      ],
      ['a password that is too short', { password: 'short', passwordConfirmation: 'short' }],
    ])('%s', async (_name, changes) => {
      const { person, phone, laptop } = await ownerOfTwoDevices();

      const response = await changePassword(laptop, changes);

      expect(response.body).toEqual(refusal(400));
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, person)).toHaveLength(2);
      for (const device of [phone, laptop]) await refresh(server, device).expect(200);
    });

    it('somebody who is not logged in', async () => {
      const response = await server
        .request()
        .post('/api/auth/change-password')
        .send({ currentPassword: 'correct-horse', password: NEW_PASSWORD });

      expect(response.body).toEqual(refusal(403));
      expect(cookiesSetBy(response)).toEqual([]);
    });
  });
});
