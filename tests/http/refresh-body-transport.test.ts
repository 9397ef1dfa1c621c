import { describe, expect, it } from 'vitest';
import { cookiesSetBy, freshRefreshCookie } from '../helpers/responses';
import {
  createUser,
  tokensFrom,
  login,
  refresh,
  COOKIE_TRANSPORT,
  fetchOwnAccount,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer({ REFRESH_TOKEN_TRANSPORT: 'body' });

describe('With REFRESH_TOKEN_TRANSPORT=body', () => {
  it('login answers with the refresh token in the body, and sets no cookie', async () => {
    const { username, password } = await createUser(server);

    const response = await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: username, password })
      .expect(200);

    expect(Object.keys(response.body).sort()).toEqual(['jwt', 'refreshToken', 'status', 'user']);
    expect(cookiesSetBy(response)).toEqual([]);
    expect(response.headers['cache-control']).toBe('no-store');
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  });

  it('x-strapi-refresh-cookie: httpOnly sets a cookie at login and at each refresh', async () => {
    const before = await login(server, await createUser(server), COOKIE_TRANSPORT);

    const response = await refresh(server, before).expect(200);

    expect(Object.keys(response.body)).toEqual(['jwt']);
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    await refresh(server, tokensFrom(response)).expect(200);
  });
});
