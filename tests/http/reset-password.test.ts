import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  cookiesSetBy,
  freshRefreshCookie,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/answers';
import {
  createPerson,
  loggedInBy,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  WANTS_BODY,
  whoAmI,
} from '../helpers/people';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const NEW_PASSWORD = 'another-horse';

const server = useServer();

const resetPassword = (code: unknown, changes: object = {}) =>
  server
    .request()
    .post('/api/auth/reset-password')
    .send({ code, password: NEW_PASSWORD, passwordConfirmation: NEW_PASSWORD, ...changes });

/** Somebody with two devices who has been mailed a code. */
const forgetful = async () => {
  const code = randomBytes(64).toString('hex');
  const person = await createPerson(server, { resetPasswordToken: code });
  const devices = [await login(server, person), await login(server, person)];
  return { person, devices, code };
};

describe('POST /api/auth/reset-password', () => {
  it('starts a new session, whose tokens work', async () => {
    const { person, code } = await forgetful();

    const response = await resetPassword(code).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({ status: 'Authenticated', user: { id: person.id } });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    await whoAmI(server, loggedInBy(response)).expect(200);
    await refresh(server, loggedInBy(response)).expect(200);
    await login(server, { ...person, password: NEW_PASSWORD });
  });

  it('gives a native app the refresh token in the body', async () => {
    const { code } = await forgetful();

    const response = await resetPassword(code).set(WANTS_BODY).expect(200);

    expect(cookiesSetBy(response)).toEqual([]);
    await refreshByBody(server, loggedInBy(response).refreshToken).expect(200);
  });

  it('takes the code that forgot-password mails', async () => {
    const person = await createPerson(server);
    const mails: string[] = [];
    server.strapi.plugin('email').service('email').send = async ({ text }: { text: string }) => {
      mails.push(text);
    };

    const response = await server
      .request()
      .post('/api/auth/forgot-password')
      .send({ email: person.email })
      .expect(200);

    expect(response.body).toEqual({ ok: true });
    const code = /code=([0-9a-f]+)/.exec(mails[0] ?? '')?.[1];
    await resetPassword(code).expect(200);
  });

  it.fails('refuses the refresh tokens of every older session from then on', async () => {
    const { devices, code } = await forgetful();
    await resetPassword(code).expect(200);

    for (const device of devices) {
      const response = await refresh(server, device);
      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    }
  });

  it.fails('refuses the access tokens of every older session from then on', async () => {
    const { devices, code } = await forgetful();
    await resetPassword(code).expect(200);

    for (const device of devices) {
      const response = await whoAmI(server, device);
      expect(response.body).toEqual(refusal(401));
    }
  });

  it('leaves sessions alone while the code has only been mailed', async () => {
    const { devices } = await forgetful();

    for (const device of devices) await whoAmI(server, device).expect(200);
  });

  describe('refuses, and leaves every session alive,', () => {
    it.each([
      ['a wrong code', { code: 'a-guess' }],
      ['a confirmation that differs', { passwordConfirmation: 'yet-another-horse' }],
      ['a password that is too short', { password: 'short', passwordConfirmation: 'short' }],
    ])('%s', async (_name, changes) => {
      const { person, devices, code } = await forgetful();

      const response = await resetPassword(code, changes);

      expect(response.body).toEqual(refusal(400));
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, person)).toHaveLength(2);
      for (const device of devices) await refresh(server, device).expect(200);
    });

    it('a code for the second time', async () => {
      const { code } = await forgetful();
      const { body } = await resetPassword(code).expect(200);

      const response = await resetPassword(code);

      expect(response.body).toEqual(refusal(400, 'Incorrect code provided'));
      await whoAmI(server, { accessToken: body.jwt }).expect(200);
    });

    it.fails('a blocked user, who gets no tokens', async () => {
      const code = randomBytes(64).toString('hex');
      const person = await createPerson(server, { resetPasswordToken: code, blocked: true });

      const response = await resetPassword(code);

      expect(response.body).not.toHaveProperty('jwt');
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, person)).toEqual([]);
    });

    it.fails('an unconfirmed user where confirmation is required, who gets no tokens', async () => {
      const code = randomBytes(64).toString('hex');
      const person = await createPerson(server, { resetPasswordToken: code, confirmed: false });

      await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
        const response = await resetPassword(code);

        expect(response.body).not.toHaveProperty('jwt');
        expect(cookiesSetBy(response)).toEqual([]);
        expect(await storedSessions(server, person)).toEqual([]);
      });
    });
  });
});
