import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MISSING_TABLE, withoutTable } from '../helpers/faults';
import {
  cookiesSetBy,
  freshRefreshCookie,
  INTERNAL_SERVER_ERROR,
  refusal,
} from '../helpers/responses';
import { startFakeOAuthProvider, type FakeOAuthProvider } from '../helpers/fake-oauth-provider';
import {
  cookieOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  storedSessions,
  tokensFrom,
} from '../helpers/users';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const server = useServer();

let provider: FakeOAuthProvider;
beforeAll(async () => {
  provider = await startFakeOAuthProvider(server);
});
afterAll(() => provider.stop());

const NOT_AT_PROVIDER = 'OAuth authentication requires a completed provider session';

/** Returns the `Cookie` header that a browser with these cookies sends after a response. */
const cookiesAfter = (cookies: string, response: Response): string => {
  const pairs = [cookies, cookieOf(response)].flatMap((header) => header.split('; '));
  const byName = new Map(pairs.map((pair) => [pair.split('=', 1)[0], pair]));
  return [...byName.values()].join('; ');
};

const callback = (cookie: string) =>
  server.request().get(`/api/auth/${provider.name}/callback`).set('Cookie', cookie);

const refreshCookiesOf = (response: Response) =>
  cookiesSetBy(response).filter(({ name }) => name.startsWith('refreshToken'));

describe('GET /api/auth/:provider/callback', () => {
  it('creates and logs in a user whom the provider returns', async () => {
    const username = `new-user-${randomUUID()}`;
    provider.setProfile({ username, email: `${username}@example.com` });

    const response = await callback(await provider.authorize()).expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'status', 'user']);
    expect(response.body).toMatchObject({ status: 'Authenticated', user: { username } });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(refreshCookiesOf(response)).toEqual(freshRefreshCookie(172_800));
    expect(await storedSessions(server, response.body.user)).toMatchObject([{ generation: 0 }]);
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
    await refresh(server, tokensFrom(response)).expect(200);
  });

  it('stores nothing of a profile but the name and the e-mail address', async () => {
    const username = `new-user-${randomUUID()}`;
    const email = `${username}@example.com`;
    const profile = { id: 1_000_000, password: 'plain', blocked: true, confirmed: false };
    provider.setProfile({ username, email, ...profile });

    const { body } = await callback(await provider.authorize()).expect(200);

    const row = await server.strapi.db
      .query('plugin::users-permissions.user')
      .findOne({ where: { email } });
    expect(row).toMatchObject({ username, password: null, blocked: false, confirmed: true });
    expect(row?.id).toBe(body.user.id);
    expect(row?.id).not.toBe(profile.id);
  });

  it('cannot be repeated by a browser that has been logged in', async () => {
    const username = `new-user-${randomUUID()}`;
    provider.setProfile({ username, email: `${username}@example.com` });
    const atProvider = await provider.authorize();
    const first = await callback(atProvider).expect(200);

    const second = await callback(cookiesAfter(atProvider, first));

    expect(second.body).toEqual(refusal(400, NOT_AT_PROVIDER));
  });

  it('cannot be opened after a logout', async () => {
    const username = `new-user-${randomUUID()}`;
    provider.setProfile({ username, email: `${username}@example.com` });
    // The browser has been at the provider, and logs in in another way.
    const atProvider = await provider.authorize();
    const { cookie } = await login(server, await createUser(server));

    const logout = await server
      .request()
      .post('/api/auth/logout')
      .set('Cookie', `${atProvider}; ${cookie}`)
      .expect(200);

    const response = await callback(cookiesAfter(atProvider, logout));
    expect(response.body).toEqual(refusal(400, NOT_AT_PROVIDER));
  });

  describe('without cookie and session', () => {
    it('refuses a blocked user', async () => {
      const user = await createUser(server, { provider: provider.name, blocked: true });
      provider.setProfile(user);

      const response = await callback(await provider.authorize());

      expect(response.body).toEqual(
        refusal(400, 'Your account has been blocked by an administrator'),
      );
      expect(refreshCookiesOf(response)).toEqual([]);
      expect(await storedSessions(server, user)).toEqual([]);
    });

    it('refuses an e-mail address that belongs to an account with a password', async () => {
      const user = await createUser(server);
      provider.setProfile(user);

      const response = await callback(await provider.authorize());

      expect(response.body).toEqual(refusal(400, 'Email is already taken.'));
      expect(refreshCookiesOf(response)).toEqual([]);
      expect(await storedSessions(server, user)).toEqual([]);
    });

    it('refuses a browser that has not been at the provider', async () => {
      const response = await callback('').query({ access_token: 'of-another-application' });

      expect(response.body).toEqual(refusal(400, NOT_AT_PROVIDER));
      expect(refreshCookiesOf(response)).toEqual([]);
    });

    it.each(['up_users', 'up_roles', 'strapi_core_store_settings'])(
      'gets a 500 without the cause while the table %s fails',
      async (table) => {
        const username = `new-user-${randomUUID()}`;
        provider.setProfile({ username, email: `${username}@example.com` });
        const cookie = await provider.authorize();

        await server.expectErrors(MISSING_TABLE, () =>
          withoutTable(server, table, async () => {
            const response = await callback(cookie);

            expect(response.body).toEqual(INTERNAL_SERVER_ERROR);
            expect(refreshCookiesOf(response)).toEqual([]);
          }),
        );

        await callback(cookie).expect(200);
      },
    );

    it('gets a 400 when the provider itself fails', async () => {
      const cookie = await provider.authorize();
      provider.setProfile(null);

      const response = await callback(cookie);

      expect(response.body).toEqual(refusal(400));
    });

    it('refuses everyone where the provider is disabled', async () => {
      const user = await createUser(server, { provider: provider.name });
      provider.setProfile(user);
      const cookie = await provider.authorize();

      await withPluginSettings(server, 'grant', { [provider.name]: {} }, async () => {
        const response = await callback(cookie);

        expect(response.body).toEqual(refusal(400, 'This provider is disabled'));
        expect(refreshCookiesOf(response)).toEqual([]);
        expect(await storedSessions(server, user)).toEqual([]);
      });
    });
  });
});
