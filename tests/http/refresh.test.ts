import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  cookiesSetBy,
  INTERNAL_SERVER_ERROR,
  freshRefreshCookie,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/responses';
import { testDatabase } from '../helpers/databases';
import { MISSING_TABLE, withoutSessionTable } from '../helpers/faults';
import {
  bearer,
  claimsOf,
  createUser,
  updateUserWithoutHooks,
  tokensFrom,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  BODY_TRANSPORT,
  COOKIE_TRANSPORT,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const LEEWAY = 10 * SECOND;

const server = useServer();

const logInNewUser = async (headers: Record<string, string> = {}) => {
  const user = await createUser(server);
  return { user, first: await login(server, user, headers) };
};

describe.each(['/api/token/refresh', '/api/auth/refresh'])('POST %s', (path) => {
  it('exchanges the cookie for the next pair', async () => {
    const { first } = await logInNewUser();

    const response = await server.request().post(path).set('Cookie', first.cookie).expect(200);

    expect(Object.keys(response.body)).toEqual(['jwt']);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    const second = tokensFrom(response);
    expect(claimsOf(second.refreshToken)).toMatchObject({ generation: 1 });
    await fetchOwnAccount(server, second).expect(200);
  });

  it('ignores an expired access token in the Authorization header', async () => {
    const { first } = await logInNewUser();
    server.clock.advance(361 * SECOND);
    await fetchOwnAccount(server, first).expect(401);

    const response = await server
      .request()
      .post(path)
      .set({ Cookie: first.cookie, ...bearer(first) })
      .expect(200);

    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  });
});

describe('POST /api/token/refresh', () => {
  describe('a rotation', () => {
    it('returns the same successor to 20 parallel callers of one token', async () => {
      const { user, first } = await logInNewUser();

      const responses = await Promise.all(Array.from({ length: 20 }, () => refresh(server, first)));

      expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
      const successors = new Set(responses.map((response) => tokensFrom(response).refreshToken));
      expect(successors.size).toBe(1);
      expect(await storedSessions(server, user)).toMatchObject([{ generation: 1 }]);
    });

    it('takes one statement where the database can return an update, by cookie and by body', async () => {
      const user = await createUser(server);
      const canReturn = testDatabase !== 'mysql';
      const verbsOf = (statements: string[]) => statements.map((sql) => sql.split(' ')[0]);
      const expectStatements = async (
        send: (session: ClientTokens) => ReturnType<typeof refresh>,
        headers = {},
      ) => {
        const session = await login(server, user, headers);
        const rotation = await server.statements(() => send(session).expect(200));
        expect(verbsOf(rotation)).toEqual(canReturn ? ['update'] : ['select', 'update']);
        const repeat = await server.statements(() => send(session).expect(200));
        expect(verbsOf(repeat)).toEqual(canReturn ? ['update', 'select'] : ['select']);
      };

      await expectStatements((session) => refresh(server, session));
      await expectStatements(
        ({ refreshToken }) => refreshByBody(server, refreshToken),
        BODY_TRANSPORT,
      );
    });

    it('stores the address of the caller, but not the user agent or a login', async () => {
      const { user, first } = await logInNewUser();
      const [before] = await storedSessions(server, user);
      await server.strapi.db
        .connection('up_sessions')
        .where({ user_id: user.id })
        .update({ ip_address: '203.0.113.7' });
      server.clock.advance(60 * SECOND);

      await refresh(server, first).set('User-Agent', 'another').expect(200);

      const [after] = await storedSessions(server, user);
      expect(after).toMatchObject({
        ipAddress: '127.0.0.1',
        userAgent: before?.userAgent,
        loginAt: before?.loginAt,
      });
    });
  });

  describe('within the leeway', () => {
    it('repeats the identical successor, with its remaining lifetime and a working access token', async () => {
      const { user, first } = await logInNewUser();
      const second = tokensFrom(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY);

      const response = await refresh(server, first).expect(200);

      expect(tokensFrom(response).refreshToken).toBe(second.refreshToken);
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800 - LEEWAY / SECOND));
      await fetchOwnAccount(server, tokensFrom(response)).expect(200);
      expect(await storedSessions(server, user)).toMatchObject([{ generation: 1 }]);
    });
  });

  describe('on a replay after the leeway', () => {
    const replayFirstToken = async () => {
      const { user, first } = await logInNewUser();
      const newest = tokensFrom(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY + 1);
      const logged = server.log.length;
      const response = await refresh(server, first);
      return { user, first, newest, response, logged: server.log.slice(logged) };
    };

    it('refuses the newest refresh and access token from then on, and clears the cookie', async () => {
      const { user, newest, response } = await replayFirstToken();

      expect(response.status).toBe(401);
      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
      expect((await refresh(server, newest)).body).toEqual(INVALID_REFRESH_TOKEN);
      expect((await fetchOwnAccount(server, newest)).body).toEqual(refusal(401));
      expect(await storedSessions(server, user)).toMatchObject([
        { revokedReason: 'reuse-detected', revokedAt: expect.anything() },
      ]);
    });

    it('logs a warning with user, session, device and generations, and no token', async () => {
      const { user, first, newest, logged } = await replayFirstToken();
      const [session] = await storedSessions(server, user);

      const warnings = logged.filter((line) => line.startsWith('warn:'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`user ${user.id}`);
      expect(warnings[0]).toContain(`session ${session?.sessionId}`);
      expect(warnings[0]).toMatch(/device .*address 127\.0\.0\.1.*generation 0 .* 1 /);
      for (const token of [first.refreshToken, newest.refreshToken, newest.accessToken]) {
        expect(server.log.join('\n')).not.toContain(token.split('.')[2]);
      }
    });
  });

  describe('a refusal', () => {
    it('is a 401 that clears the cookie when the session was idle for too long', async () => {
      const { first } = await logInNewUser();
      server.clock.advance(2 * DAY);

      const response = await refresh(server, first).expect(401);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
    });

    it('is a 400 when the request has no token', async () => {
      const response = await server.request().post('/api/token/refresh').expect(400);

      expect(response.body).toEqual(refusal(400, 'Missing refresh token'));
    });

    it('is a 400 that revokes the session when the user was blocked with SQL', async () => {
      const { user, first } = await logInNewUser();
      await updateUserWithoutHooks(server, user, { blocked: true });

      const response = await refresh(server, first);

      expect(response.body).toEqual(
        refusal(400, 'Your account has been blocked by an administrator'),
      );
      expect(await storedSessions(server, user)).toMatchObject([{ revokedReason: 'user-blocked' }]);
      await updateUserWithoutHooks(server, user, { blocked: false });
      expect((await refresh(server, first)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('is a 400 while the user is unconfirmed and confirmation is required', async () => {
      const { user, first } = await logInNewUser();
      await updateUserWithoutHooks(server, user, { confirmed: false });

      await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
        const response = await refresh(server, first);
        expect(response.body).toEqual(refusal(400, 'Your account email is not confirmed'));
        await updateUserWithoutHooks(server, user, { confirmed: true });
        await refresh(server, first).expect(200);
      });
    });
  });

  describe('while the database fails', () => {
    it('answers 5xx, keeps the cookie, and the same token works afterwards', async () => {
      const { first } = await logInNewUser();

      await server.expectErrors(MISSING_TABLE, () =>
        withoutSessionTable(server, async () => {
          const response = await refresh(server, first);
          expect(response.body).toEqual(INTERNAL_SERVER_ERROR);
          expect(cookiesSetBy(response)).toEqual([]);
        }),
      );

      await refresh(server, first).expect(200);
    });
  });

  describe('the transport of the response', () => {
    it('is the cookie for a cookie, whatever the header requests', async () => {
      const { first } = await logInNewUser();

      const response = await refresh(server, first).set(BODY_TRANSPORT).expect(200);

      expect(Object.keys(response.body)).toEqual(['jwt']);
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    });

    it('is the body for a token in the body', async () => {
      const { first } = await logInNewUser(BODY_TRANSPORT);

      const response = await refreshByBody(server, first.refreshToken).expect(200);

      expect(Object.keys(response.body).sort()).toEqual(['jwt', 'refreshToken']);
      expect(cookiesSetBy(response)).toEqual([]);
      expect(response.headers['cache-control']).toBe('no-store');
    });

    it('is the cookie for a token in the body when the header requests it', async () => {
      const { first } = await logInNewUser(BODY_TRANSPORT);

      const response = await refreshByBody(server, first.refreshToken)
        .set(COOKIE_TRANSPORT)
        .expect(200);

      expect(Object.keys(response.body)).toEqual(['jwt']);
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    });

    it('is the body when the request has both', async () => {
      const [inBody, inCookie] = [await logInNewUser(BODY_TRANSPORT), await logInNewUser()];

      const response = await refreshByBody(server, inBody.first.refreshToken)
        .set('Cookie', inCookie.first.cookie)
        .expect(200);

      expect(claimsOf(response.body.jwt)).toMatchObject({ id: inBody.user.id });
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, inCookie.user)).toMatchObject([{ generation: 0 }]);
    });

    it('is the body for a bad token in it, and the cookie is kept', async () => {
      const { first } = await logInNewUser();

      const response = await refreshByBody(server, 'garbage').set('Cookie', first.cookie);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual([]);
      await refresh(server, first).expect(200);
    });
  });
});
