import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { INVALID_REFRESH_TOKEN } from '../helpers/answers';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  createPerson,
  login,
  loggedInBy,
  refresh,
  storedSessions,
  whoAmI,
  type LoggedIn,
  type Person,
} from '../helpers/people';
import { withServer } from '../helpers/suite';

const newSecret = (): string => randomBytes(32).toString('base64url');

const isSignedBy = (secret: string, token: string): boolean => {
  const [header, claims, signature] = token.split('.');
  return (
    signature === createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url')
  );
};

it('secrets are rotated without logging anyone out, and a removed secret lets nobody in', async () => {
  const oldSecret = { access: newSecret(), refresh: newSecret() };
  const secret = { access: newSecret(), refresh: newSecret() };
  const environment = testEnvironment(await newDatabase());
  const withSecrets = (access: string, refresh: string) => ({
    ...environment,
    JWT_SECRET: access,
    REFRESH_SECRET: refresh,
  });

  let person: Person | undefined;
  let phone: LoggedIn | undefined;
  let tablet: LoggedIn | undefined;
  await withServer(withSecrets(oldSecret.access, oldSecret.refresh), async (server) => {
    person = await createPerson(server);
    phone = await login(server, person);
    tablet = await login(server, person);
    expect(isSignedBy(oldSecret.access, phone.accessToken)).toBe(true);
    expect(isSignedBy(oldSecret.refresh, phone.refreshToken)).toBe(true);
  });
  if (!person || !phone || !tablet) throw new Error('Nobody is logged in');
  const [owner, forgotten] = [person, tablet];

  let renewed = phone;
  const both = withSecrets(
    `${secret.access},${oldSecret.access}`,
    `${secret.refresh},${oldSecret.refresh}`,
  );
  await withServer(both, async (server) => {
    await whoAmI(server, renewed).expect(200);

    renewed = loggedInBy(await refresh(server, renewed).expect(200));

    expect(isSignedBy(secret.access, renewed.accessToken)).toBe(true);
    expect(isSignedBy(secret.refresh, renewed.refreshToken)).toBe(true);
    await whoAmI(server, renewed).expect(200);
  });

  await withServer(withSecrets(secret.access, secret.refresh), async (server) => {
    await whoAmI(server, forgotten).expect(401);
    const { body } = await refresh(server, forgotten).expect(401);
    expect(body).toEqual(INVALID_REFRESH_TOKEN);
    expect(server.log.join('\n')).toContain('Refresh token refused: bad-signature');
    // What cannot be verified proves nothing, and so it ends nothing either.
    expect(await storedSessions(server, owner)).toMatchObject([
      { generation: 1, revokedAt: null },
      { generation: 0, revokedAt: null },
    ]);

    await whoAmI(server, renewed).expect(200);
    await refresh(server, renewed).expect(200);
  });
}, 240_000);
