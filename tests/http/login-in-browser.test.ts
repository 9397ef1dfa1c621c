import { describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import {
  BODY_TRANSPORT,
  bearer,
  claimsOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  storedSessions,
  tokensFrom,
  type ClientTokens,
} from '../helpers/users';
import { cookiesSetBy, freshRefreshCookie, refusal } from '../helpers/responses';
import { useServer } from '../helpers/suite';

const HOUR = 3600;
const PASSWORD = 'correct-horse';

const server = useServer({ BROWSER_SESSION_EXPIRES: '1h', CLIENT_ORIGINS: 'https://app.example' });

const logIn = (body: object, headers: Record<string, string> = {}) =>
  server.request().post('/api/auth/local').set(headers).send(body);

const credentialsOf = ({ username }: { username: string }) => ({
  identifier: username,
  password: PASSWORD,
});

const newAccount = () => {
  const username = `user-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

const reasonOf = async ({ accessToken }: Pick<ClientTokens, 'accessToken'>) => {
  const { sessionId } = claimsOf(accessToken);
  const row = await server.strapi.db
    .query('plugin::users-permissions.session')
    .findOne({ where: { sessionId } });
  return row?.revokedReason;
};

describe('A login with rememberMe', () => {
  const withoutMaxAge = ['HttpOnly', 'Path=/api', 'SameSite=Lax'];

  const attributesSetBy = (response: Parameters<typeof cookiesSetBy>[0]) =>
    cookiesSetBy(response).flatMap(({ attributes }) => attributes);

  it('false sets a cookie that ends with the browser, and so does each refresh', async () => {
    const user = await createUser(server);

    const response = await logIn({ ...credentialsOf(user), rememberMe: false }).expect(200);
    server.clock.advance(60_000);
    const refreshed = await refresh(server, tokensFrom(response)).expect(200);

    expect(attributesSetBy(response)).toEqual(withoutMaxAge);
    expect(attributesSetBy(refreshed)).toEqual(withoutMaxAge);
  });

  it('false ends the session after BROWSER_SESSION_EXPIRES, however often it is refreshed', async () => {
    const user = await createUser(server);
    const response = await logIn({ ...credentialsOf(user), rememberMe: false }).expect(200);
    server.clock.advance((HOUR - 60) * 1000);
    const refreshed = tokensFrom(await refresh(server, tokensFrom(response)).expect(200));
    await fetchOwnAccount(server, refreshed).expect(200);

    server.clock.advance(61_000);

    await fetchOwnAccount(server, refreshed).expect(401);
    await refresh(server, refreshed).expect(401);
  });

  it('false is kept by a change of password', async () => {
    const user = await createUser(server);
    const tokens = tokensFrom(await logIn({ ...credentialsOf(user), rememberMe: false }));

    const response = await server
      .request()
      .post('/api/auth/change-password')
      .set(bearer(tokens))
      .send({
        currentPassword: PASSWORD,
        password: 'another-horse',
        passwordConfirmation: 'another-horse',
      })
      .expect(200);

    expect(attributesSetBy(response)).toEqual(withoutMaxAge);
  });

  it('false also counts for a registration', async () => {
    const response = await server
      .request()
      .post('/api/auth/local/register')
      .send({ ...newAccount(), rememberMe: false })
      .expect(200);

    expect(attributesSetBy(response)).toEqual(withoutMaxAge);
  });

  it('true sets a cookie that outlives the browser, as without it', async () => {
    const user = await createUser(server);

    const response = await logIn({ ...credentialsOf(user), rememberMe: true }).expect(200);

    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
  });

  it.each(['no', 0, null, [true]])('%j is refused', async (rememberMe) => {
    const user = await createUser(server);

    const response = await logIn({ ...credentialsOf(user), rememberMe });

    expect(response.body).toEqual(
      refusal(400, 'rememberMe must be true or false when it is given'),
    );
    expect(await storedSessions(server, user)).toEqual([]);
  });
});

describe('A login with the refresh cookie of an earlier login', () => {
  it('revokes that session, whoever its user is', async () => {
    const [one, other] = [await createUser(server), await createUser(server)];
    const first = await login(server, one);
    const elsewhere = await login(server, one);

    const second = await login(server, one, { Cookie: first.cookie });
    const third = await login(server, other, { Cookie: second.cookie });
    const fourth = tokensFrom(
      await server
        .request()
        .post('/api/auth/local/register')
        .set('Cookie', third.cookie)
        .send(newAccount())
        .expect(200),
    );

    for (const tokens of [first, second, third]) {
      expect(await reasonOf(tokens)).toBe('replaced');
      await fetchOwnAccount(server, tokens).expect(401);
    }
    for (const tokens of [elsewhere, fourth]) await fetchOwnAccount(server, tokens).expect(200);
  });

  it('revokes it by an outdated cookie as well, and reports no reuse', async () => {
    const user = await createUser(server);
    const first = await login(server, user);
    let newest = first;
    for (let count = 0; count < 2; count += 1) {
      server.clock.advance(60_000);
      newest = tokensFrom(await refresh(server, newest).expect(200));
    }

    await login(server, user, { Cookie: first.cookie });

    expect(await reasonOf(newest)).toBe('replaced');
  });

  it('revokes nothing when it fails', async () => {
    const user = await createUser(server);
    const tokens = await login(server, user);

    await logIn({ identifier: user.username, password: 'wrong' }, { Cookie: tokens.cookie });

    await fetchOwnAccount(server, tokens).expect(200);
  });

  it('revokes nothing by a refresh token that is not in a cookie', async () => {
    const user = await createUser(server);
    const tokens = await login(server, user, BODY_TRANSPORT);

    await logIn({ ...credentialsOf(user), refreshToken: tokens.refreshToken });

    await fetchOwnAccount(server, tokens).expect(200);
  });

  it('revokes nothing when it comes from another site', async () => {
    const user = await createUser(server);
    const tokens = await login(server, user);

    const foreign = { Origin: 'https://evil.example', ...BODY_TRANSPORT };
    const { status } = await logIn(credentialsOf(user), { Cookie: tokens.cookie, ...foreign });

    expect(status).toBe(200);

    await fetchOwnAccount(server, tokens).expect(200);
  });

  it.each(['garbage', ''])('succeeds when the cookie is "%s"', async (value) => {
    const user = await createUser(server);

    const tokens = await login(server, user, { Cookie: `refreshToken=${value}` });

    await fetchOwnAccount(server, tokens).expect(200);
  });
});

describe('A user without a role', () => {
  const message = 'Your account has no role: an administrator has to give it one';

  it('cannot log in, and the response says why', async () => {
    const user = await createUser(server, { role: null });

    const response = await logIn(credentialsOf(user));

    expect(response.body).toEqual(refusal(400, message));
    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('cannot refresh, and keeps the session for the time when there is a role again', async () => {
    const user = await createUser(server);
    const tokens = await login(server, user);
    const { documentId } = user;
    const documents = server.strapi.documents('plugin::users-permissions.user');
    const { role } = (await documents.findOne({ documentId, populate: ['role'] })) ?? {};
    await documents.update({ documentId, data: { role: null } });

    expect((await refresh(server, tokens)).body).toEqual(refusal(400, message));

    await documents.update({ documentId, data: { role: role?.id } });
    await refresh(server, tokens).expect(200);
  });
});
