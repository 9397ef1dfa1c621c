import { describe, expect, it } from 'vitest';
import { cookiesSetBy } from '../helpers/responses';
import { createUser, login, tokensFrom, refresh, fetchOwnAccount } from '../helpers/users';
import { useServer } from '../helpers/suite';

// Node receives plain HTTP, as behind a proxy that ends TLS and sets no `X-Forwarded-Proto`.
const server = useServer({ NODE_ENV: 'production' });

const expectSecure = (response: Parameters<typeof cookiesSetBy>[0]) => {
  const cookies = cookiesSetBy(response);
  expect(cookies.map(({ name }) => name)).toEqual(['refreshToken']);
  for (const { attributes } of cookies) expect(attributes).toContain('Secure');
};

describe('In production over plain HTTP', () => {
  it('login answers 200 with a Secure cookie', async () => {
    const { username, password } = await createUser(server);

    const response = await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: username, password })
      .expect(200);

    expect(response.body).toMatchObject({ status: 'Authenticated', user: { username } });
    expectSecure(response);
  });

  it('refresh accepts the cookie and sets the next one, also Secure', async () => {
    const before = await login(server, await createUser(server));

    const response = await refresh(server, before).expect(200);

    expectSecure(response);
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  });
});
