import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { INVALID_REFRESH_TOKEN } from '../helpers/responses';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  createUser,
  login,
  tokensFrom,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { withServer } from '../helpers/suite';

const newSecret = (): string => randomBytes(32).toString('base64url');

const isSignedBy = (secret: string, token: string): boolean => {
  const [header, claims, signature] = token.split('.');
  return (
    signature === createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url')
  );
};

it('JWT_SECRET and REFRESH_SECRET are rotated without a logout, and a removed secret is refused', async () => {
  const oldSecret = { access: newSecret(), refresh: newSecret() };
  const secret = { access: newSecret(), refresh: newSecret() };
  const environment = testEnvironment(await newDatabase());
  const withSecrets = (access: string, refresh: string) => ({
    ...environment,
    JWT_SECRET: access,
    REFRESH_SECRET: refresh,
  });

  let user: TestUser | undefined;
  let phone: ClientTokens | undefined;
  let tablet: ClientTokens | undefined;
  await withServer(withSecrets(oldSecret.access, oldSecret.refresh), async (server) => {
    user = await createUser(server);
    phone = await login(server, user);
    tablet = await login(server, user);
    expect(isSignedBy(oldSecret.access, phone.accessToken)).toBe(true);
    expect(isSignedBy(oldSecret.refresh, phone.refreshToken)).toBe(true);
  });
  if (!user || !phone || !tablet) throw new Error('Nobody is logged in');
  const [owner, neverRefreshed] = [user, tablet];

  let renewed = phone;
  const both = withSecrets(
    `${secret.access},${oldSecret.access}`,
    `${secret.refresh},${oldSecret.refresh}`,
  );
  await withServer(both, async (server) => {
    await fetchOwnAccount(server, renewed).expect(200);

    renewed = tokensFrom(await refresh(server, renewed).expect(200));

    expect(isSignedBy(secret.access, renewed.accessToken)).toBe(true);
    expect(isSignedBy(secret.refresh, renewed.refreshToken)).toBe(true);
    await fetchOwnAccount(server, renewed).expect(200);
  });

  await withServer(withSecrets(secret.access, secret.refresh), async (server) => {
    await fetchOwnAccount(server, neverRefreshed).expect(401);
    const { body } = await refresh(server, neverRefreshed).expect(401);
    expect(body).toEqual(INVALID_REFRESH_TOKEN);
    expect(server.log.join('\n')).toContain('Refresh token refused: bad-signature');
    // A token that cannot be verified must not end a session.
    expect(await storedSessions(server, owner)).toMatchObject([
      { generation: 1, revokedAt: null },
      { generation: 0, revokedAt: null },
    ]);

    await fetchOwnAccount(server, renewed).expect(200);
    await refresh(server, renewed).expect(200);
  });
}, 240_000);
