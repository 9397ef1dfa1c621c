import { describe, expect, it } from 'vitest';
import { cookiesSetBy, freshRefreshCookie, refusal } from '../helpers/responses';
import {
  createUser,
  tokensFrom,
  refreshByBody,
  storedSessions,
  BODY_TRANSPORT,
  COOKIE_TRANSPORT,
  fetchOwnAccount,
  type TestUser,
} from '../helpers/users';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

const server = useServer();

const logIn = ({ username, password }: Pick<TestUser, 'username' | 'password'>) =>
  server.request().post('/api/auth/local').send({ identifier: username, password });

describe('POST /api/auth/local', () => {
  it('answers with an access token and the user, and keeps the refresh token out of the body', async () => {
    const user = await createUser(server);

    const response = await logIn(user).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({
      status: 'Authenticated',
      user: { id: user.id, username: user.username, email: user.email },
    });
    for (const secret of ['password', 'resetPasswordToken', 'confirmationToken', 'role']) {
      expect(response.body.user).not.toHaveProperty(secret);
    }
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers).not.toHaveProperty('clear-site-data');
  });

  it('sets the refresh cookie and no other cookie', async () => {
    const response = await logIn(await createUser(server)).expect(200);

    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
  });

  it('stores one session with its device and its absolute end, 30 days later by default', async () => {
    const user = await createUser(server);

    await logIn(user).set('User-Agent', CHROME).expect(200);

    const sessions = await storedSessions(server, user);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({
      generation: 0,
      deviceName: 'Chrome on macOS',
      userAgent: CHROME,
      ipAddress: '127.0.0.1',
      revokedAt: null,
      revokedReason: null,
    });
    expect(sessions[0]?.sessionId).toMatch(/^[\w-]{22,}$/);
    const [{ loginAt, absoluteExpiresAt } = {}] = sessions;
    expect(Number(absoluteExpiresAt)).toBe(Number(loginAt) + 30 * 24 * 60 * 60 * 1000);
  });

  it('stores no token, and nothing from which one could be made', async () => {
    const user = await createUser(server);

    const { accessToken, refreshToken } = tokensFrom(await logIn(user).expect(200));

    const stored = JSON.stringify(await server.strapi.db.connection('up_sessions').select());
    for (const token of [accessToken, refreshToken]) {
      expect(stored).not.toContain(token.split('.')[2]);
    }
    // Nor any other token: each begins like this.
    expect(accessToken).toMatch(/^eyJhbGciOi/);
    expect(stored).not.toContain('eyJhbGciOi');
  });

  it('logs in by e-mail address too, in any case', async () => {
    const { email, password } = await createUser(server);

    const response = await logIn({ username: email.toUpperCase(), password }).expect(200);

    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  });

  it('cuts a user agent that is longer than its column', async () => {
    const user = await createUser(server);

    await logIn(user).set('User-Agent', 'x'.repeat(4000)).expect(200);

    expect(await storedSessions(server, user)).toMatchObject([{ userAgent: 'x'.repeat(255) }]);
  });

  describe('with x-strapi-refresh-cookie', () => {
    it('none returns the refresh token in the body and sets no cookie', async () => {
      const response = await logIn(await createUser(server))
        .set(BODY_TRANSPORT)
        .expect(200);

      expect(Object.keys(response.body).sort()).toEqual(['jwt', 'refreshToken', 'status', 'user']);
      expect(cookiesSetBy(response)).toEqual([]);
      expect(response.headers['cache-control']).toBe('no-store');
      await refreshByBody(server, tokensFrom(response).refreshToken).expect(200);
    });

    it('httpOnly sets the cookie, as without the header', async () => {
      const response = await logIn(await createUser(server))
        .set(COOKIE_TRANSPORT)
        .expect(200);

      expect(response.body).not.toHaveProperty('refreshToken');
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    });
  });

  describe('without cookie and session', () => {
    const expectRefused = async (
      user: TestUser,
      message: string,
      attempt = () => logIn(user),
    ): Promise<void> => {
      const response = await attempt();

      expect(response.body).toEqual(refusal(400, message));
      expect(response.status).toBe(400);
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, user)).toEqual([]);
    };

    it('refuses a wrong password', async () => {
      const user = await createUser(server);
      await expectRefused(user, 'Invalid identifier or password', () =>
        logIn({ ...user, password: 'wrong-horse' }),
      );
    });

    it('refuses an unknown user, with the same message', async () => {
      const user = await createUser(server);
      await expectRefused(user, 'Invalid identifier or password', () =>
        logIn({ ...user, username: 'nobody' }),
      );
    });

    it('refuses a blocked user', async () => {
      await expectRefused(
        await createUser(server, { blocked: true }),
        'Your account has been blocked by an administrator',
      );
    });

    it('refuses a user of a login provider, who has no password', async () => {
      await expectRefused(
        await createUser(server, { provider: 'github' }),
        'Invalid identifier or password',
      );
    });

    it('refuses an unconfirmed user, only where confirmation is required', async () => {
      const user = await createUser(server, { confirmed: false });

      await withPluginSettings(server, 'advanced', { email_confirmation: true }, () =>
        expectRefused(user, 'Your account email is not confirmed'),
      );

      await logIn(user).expect(200);
    });

    it('refuses everyone where login by password is disabled', async () => {
      const user = await createUser(server);

      await withPluginSettings(server, 'grant', { email: { enabled: false } }, () =>
        expectRefused(user, 'This provider is disabled'),
      );
    });
  });
});
