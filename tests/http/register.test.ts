import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cookiesSetBy, freshRefreshCookie, refusal } from '../helpers/responses';
import { createUser, tokensFrom, refresh, storedSessions, fetchOwnAccount } from '../helpers/users';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const server = useServer();

const newAccount = () => {
  const username = `new-user-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: 'correct-horse' };
};

const register = (body: object) => server.request().post('/api/auth/local/register').send(body);

const countSessions = () => server.strapi.db.query('plugin::users-permissions.session').count();

describe('POST /api/auth/local/register', () => {
  it('creates the account and logs in', async () => {
    const { username, email, password } = newAccount();

    const response = await register({ username, email, password }).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({ status: 'Authenticated', user: { username, email } });
    expect(response.body.user).not.toHaveProperty('password');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    expect(await storedSessions(server, response.body.user)).toMatchObject([{ generation: 0 }]);
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
    await refresh(server, tokensFrom(response)).expect(200);
  });

  it('returns only the user and starts no session when e-mail confirmation is required', async () => {
    const mail: { to: string }[] = [];
    server.strapi.plugin('email').service('email').send = async (message: { to: string }) => {
      mail.push(message);
    };
    const account = newAccount();

    await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
      const response = await register(account).expect(200);

      expect(Object.keys(response.body)).toEqual(['user']);
      expect(response.body.user).toMatchObject({ username: account.username, confirmed: false });
      expect(response.body.user).not.toHaveProperty('confirmationToken');
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, response.body.user)).toEqual([]);
      expect(mail).toMatchObject([{ to: account.email }]);
    });
  });

  describe('without cookie and session', () => {
    it.each([
      ['a short password', { password: 'short' }],
      ['no e-mail address', { email: undefined }],
      ['a field that clients may not set', { confirmed: true }],
      ['a role', { role: 1 }],
    ])('refuses %s', async (_name, changes) => {
      const sessions = await countSessions();

      const response = await register({ ...newAccount(), ...changes });

      expect(response.body).toEqual(refusal(400));
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await countSessions()).toBe(sessions);
    });

    it('refuses a username that is taken', async () => {
      const user = await createUser(server);

      const response = await register({ ...newAccount(), username: user.username });

      expect(response.body).toEqual(refusal(400, 'Email or Username are already taken'));
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, user)).toEqual([]);
    });

    it('refuses everyone where registration is disabled', async () => {
      await withPluginSettings(server, 'advanced', { allow_register: false }, async () => {
        const response = await register(newAccount());

        expect(response.body).toEqual(refusal(400, 'Register action is currently disabled'));
        expect(cookiesSetBy(response)).toEqual([]);
      });
    });
  });
});
