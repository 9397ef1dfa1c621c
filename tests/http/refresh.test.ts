import { describe, expect, it } from 'vitest';
import {
  clearedRefreshCookie,
  cookiesSetBy,
  FAULT,
  freshRefreshCookie,
  INVALID_REFRESH_TOKEN,
  refusal,
} from '../helpers/answers';
import { NO_TABLE, withoutSessionTable } from '../helpers/faults';
import {
  claimsOf,
  createPerson,
  editUserBehindItsBack,
  loggedInBy,
  login,
  refresh,
  refreshByBody,
  storedSessions,
  WANTS_BODY,
  WANTS_COOKIE,
  whoAmI,
} from '../helpers/people';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const LEEWAY = 10 * SECOND;

const server = useServer();

const somebody = async (headers: Record<string, string> = {}) => {
  const person = await createPerson(server);
  return { person, first: await login(server, person, headers) };
};

describe.each(['/api/token/refresh', '/api/auth/refresh'])('POST %s', (path) => {
  it('exchanges the cookie for the next pair', async () => {
    const { first } = await somebody();

    const response = await server.request().post(path).set('Cookie', first.cookie).expect(200);

    expect(Object.keys(response.body)).toEqual(['jwt']);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    const second = loggedInBy(response);
    expect(claimsOf(second.refreshToken)).toMatchObject({ generation: 1 });
    await whoAmI(server, second).expect(200);
  });

  it.each(['Bearer garbage', 'Bearer ', 'Basic dXNlcjpwYXNz', `Bearer ${'x'.repeat(6000)}`])(
    'is not stopped by Authorization: %.20s',
    async (authorization) => {
      const { first } = await somebody();

      const response = await server
        .request()
        .post(path)
        .set({ Cookie: first.cookie, Authorization: authorization })
        .expect(200);

      await whoAmI(server, loggedInBy(response)).expect(200);
    },
  );

  it('is not stopped by an access token that has expired', async () => {
    const { first } = await somebody();
    server.clock.advance(361 * SECOND);
    await whoAmI(server, first).expect(401);

    await server
      .request()
      .post(path)
      .set({ Cookie: first.cookie, Authorization: `Bearer ${first.accessToken}` })
      .expect(200);
  });
});

describe('POST /api/token/refresh', () => {
  describe('rotates', () => {
    it('and gives 20 parallel callers of one token the same successor', async () => {
      const { person, first } = await somebody();

      const responses = await Promise.all(Array.from({ length: 20 }, () => refresh(server, first)));

      expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
      const successors = new Set(responses.map((response) => loggedInBy(response).refreshToken));
      expect(successors.size).toBe(1);
      expect(await storedSessions(server, person)).toMatchObject([{ generation: 1 }]);
    });

    it('in two statements', async () => {
      const { first } = await somebody();

      const statements = await server.statements(() => refresh(server, first).expect(200));

      expect(statements).toHaveLength(2);
    });

    it('a thousand times in one row', async () => {
      const { person, first } = await somebody(WANTS_BODY);
      let { refreshToken } = first;

      for (let count = 0; count < 1000; count += 1) {
        server.clock.advance(LEEWAY + SECOND);
        const { body } = await refreshByBody(server, refreshToken).expect(200);
        refreshToken = body.refreshToken;
      }

      expect(await storedSessions(server, person)).toMatchObject([{ generation: 1000 }]);
    }, 240_000);

    it('and notes the address of the caller, but not a new login', async () => {
      const { person, first } = await somebody();
      const [before] = await storedSessions(server, person);
      await server.strapi.db
        .connection('up_sessions')
        .where({ user_id: person.id })
        .update({ ip_address: '203.0.113.7' });
      server.clock.advance(60 * SECOND);

      await refresh(server, first).set('User-Agent', 'another').expect(200);

      const [after] = await storedSessions(server, person);
      expect(after).toMatchObject({
        ipAddress: '127.0.0.1',
        userAgent: before?.userAgent,
        loginAt: before?.loginAt,
      });
    });
  });

  describe('within the leeway', () => {
    it('repeats the identical successor, whose access token works', async () => {
      const { person, first } = await somebody();
      const second = loggedInBy(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY);

      const response = await refresh(server, first).expect(200);

      expect(loggedInBy(response).refreshToken).toBe(second.refreshToken);
      await whoAmI(server, loggedInBy(response)).expect(200);
      expect(await storedSessions(server, person)).toMatchObject([{ generation: 1 }]);
    });

    it('says what the successor has left, not what it had', async () => {
      const { first } = await somebody();
      await refresh(server, first).expect(200);
      server.clock.advance(4 * SECOND);

      const response = await refresh(server, first).expect(200);

      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_796));
    });

    it('does not start it again', async () => {
      const { first } = await somebody();
      await refresh(server, first).expect(200);
      server.clock.advance(LEEWAY - SECOND);
      await refresh(server, first).expect(200);
      server.clock.advance(2 * SECOND);

      const response = await refresh(server, first);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('does not answer a token that is two generations old', async () => {
      const { first } = await somebody();
      const second = loggedInBy(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY + 1);
      await refresh(server, second).expect(200);

      const response = await refresh(server, first);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    });
  });

  describe('on a replay after the leeway', () => {
    const replayed = async () => {
      const { person, first } = await somebody();
      const newest = loggedInBy(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY + 1);
      const logged = server.log.length;
      const response = await refresh(server, first);
      return { person, first, newest, response, logged: server.log.slice(logged) };
    };

    it('ends the session also when the owner, back after days, brings an expired token', async () => {
      const { person, first } = await somebody();
      server.clock.advance(DAY);
      const thief = loggedInBy(await refresh(server, first).expect(200));
      server.clock.advance(DAY + 1);

      expect((await refresh(server, first)).body).toEqual(INVALID_REFRESH_TOKEN);

      expect((await refresh(server, thief)).body).toEqual(INVALID_REFRESH_TOKEN);
      expect(await storedSessions(server, person)).toMatchObject([
        { revokedReason: 'reuse-detected' },
      ]);
    });

    it('answers 401 and clears the cookie', async () => {
      const { response } = await replayed();

      expect(response.status).toBe(401);
      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
    });

    it('refuses the newest refresh and access token from then on', async () => {
      const { person, newest } = await replayed();

      expect((await refresh(server, newest)).body).toEqual(INVALID_REFRESH_TOKEN);
      expect((await whoAmI(server, newest)).body).toEqual(refusal(401));
      expect(await storedSessions(server, person)).toMatchObject([
        { revokedReason: 'reuse-detected', revokedAt: expect.anything() },
      ]);
    });

    it('leaves the other sessions of the user alone', async () => {
      const { person } = await replayed();
      const other = await login(server, person);

      await refresh(server, other).expect(200);
    });

    it('warns of user, session, device and generations, and tells no token', async () => {
      const { person, first, newest, logged } = await replayed();
      const [session] = await storedSessions(server, person);

      const warnings = logged.filter((line) => line.startsWith('warn:'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`user ${person.id}`);
      expect(warnings[0]).toContain(`session ${session?.sessionId}`);
      expect(warnings[0]).toMatch(/device .*address 127\.0\.0\.1.*generation 0 .* 1 /);
      for (const token of [first.refreshToken, newest.refreshToken, newest.accessToken]) {
        expect(server.log.join('\n')).not.toContain(token.split('.')[2]);
      }
    });
  });

  describe('refuses with 401, in the same words,', () => {
    it('a session that was idle for too long', async () => {
      const { first } = await somebody();
      server.clock.advance(2 * DAY);

      const response = await refresh(server, first).expect(401);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual(clearedRefreshCookie);
    });

    it('a session past its absolute end, however often it was refreshed', async () => {
      const { person, first } = await somebody();
      let last = first;
      for (let day = 1; day < 30; day += 1) {
        server.clock.advance(DAY);
        last = loggedInBy(await refresh(server, last).expect(200));
      }
      const [session] = await storedSessions(server, person);
      expect(Number(session?.absoluteExpiresAt)).toBe(Number(session?.loginAt) + 30 * DAY);
      expect(claimsOf(last.refreshToken).exp).toBe(
        Math.floor(Number(session?.absoluteExpiresAt) / 1000),
      );
      server.clock.advance(DAY);

      expect((await refresh(server, last)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('a user who was deleted', async () => {
      const { person, first } = await somebody();
      await server.strapi.db.connection('up_users').where({ id: person.id }).delete();

      expect((await refresh(server, first)).body).toEqual(INVALID_REFRESH_TOKEN);
      expect(await storedSessions(server, person)).toMatchObject([
        { revokedReason: 'user-deleted' },
      ]);
    });

    it('a session whose row is gone', async () => {
      const { person, first } = await somebody();
      await server.strapi.db.connection('up_sessions').where({ user_id: person.id }).delete();

      expect((await refresh(server, first)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('an access token in the place of a refresh token', async () => {
      const { first } = await somebody();

      expect((await refreshByBody(server, first.accessToken)).body).toEqual(INVALID_REFRESH_TOKEN);
      await refresh(server, first).expect(200);
    });
  });

  describe('refuses with 400', () => {
    it('a request without any token', async () => {
      const response = await server.request().post('/api/token/refresh').expect(400);

      expect(response.body).toEqual(refusal(400, 'Missing refresh token'));
    });

    it('a user who was blocked behind the application’s back, and revokes the session', async () => {
      const { person, first } = await somebody();
      await editUserBehindItsBack(server, person, { blocked: true });

      const response = await refresh(server, first);

      expect(response.body).toEqual(
        refusal(400, 'Your account has been blocked by an administrator'),
      );
      expect(await storedSessions(server, person)).toMatchObject([
        { revokedReason: 'user-blocked' },
      ]);
      await editUserBehindItsBack(server, person, { blocked: false });
      expect((await refresh(server, first)).body).toEqual(INVALID_REFRESH_TOKEN);
    });

    it('an unconfirmed user where confirmation is required, until it is done', async () => {
      const { person, first } = await somebody();
      await editUserBehindItsBack(server, person, { confirmed: false });

      await withPluginSettings(server, 'advanced', { email_confirmation: true }, async () => {
        const response = await refresh(server, first);
        expect(response.body).toEqual(refusal(400, 'Your account email is not confirmed'));
        await editUserBehindItsBack(server, person, { confirmed: true });
        await refresh(server, first).expect(200);
      });
    });
  });

  describe('on a database that was restored from a backup', () => {
    it('believes the newer token, warns, and goes on from there', async () => {
      const { person, first } = await somebody();
      const second = loggedInBy(await refresh(server, first).expect(200));
      server.clock.advance(LEEWAY + 1);
      const third = loggedInBy(await refresh(server, second).expect(200));
      await server.strapi.db
        .connection('up_sessions')
        .where({ user_id: person.id })
        .update({ generation: 0 });
      const logged = server.log.length;

      const fourth = loggedInBy(await refresh(server, third).expect(200));

      expect(claimsOf(fourth.refreshToken)).toMatchObject({ generation: 3 });
      const warnings = server.log.slice(logged).filter((line) => line.startsWith('warn:'));
      expect(warnings).toEqual([expect.stringContaining(`user ${person.id}`)]);
      await refresh(server, fourth).expect(200);
    });
  });

  describe('while the database is at fault', () => {
    it('answers 5xx, keeps the cookie, and the same token works afterwards', async () => {
      const { first } = await somebody();

      await server.expectErrors(NO_TABLE, () =>
        withoutSessionTable(server, async () => {
          const response = await refresh(server, first);
          expect(response.body).toEqual(FAULT);
          expect(cookiesSetBy(response)).toEqual([]);
        }),
      );

      await refresh(server, first).expect(200);
    });
  });

  describe('sends the token the way it came:', () => {
    it('cookie in, cookie out, whatever the header asks', async () => {
      const { first } = await somebody();

      const response = await refresh(server, first).set(WANTS_BODY).expect(200);

      expect(Object.keys(response.body)).toEqual(['jwt']);
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    });

    it('body in, body out', async () => {
      const { first } = await somebody(WANTS_BODY);

      const response = await refreshByBody(server, first.refreshToken).expect(200);

      expect(Object.keys(response.body).sort()).toEqual(['jwt', 'refreshToken']);
      expect(cookiesSetBy(response)).toEqual([]);
      expect(response.headers['cache-control']).toBe('no-store');
    });

    it('body in, cookie out where httpOnly is asked for', async () => {
      const { first } = await somebody(WANTS_BODY);

      const response = await refreshByBody(server, first.refreshToken)
        .set(WANTS_COOKIE)
        .expect(200);

      expect(Object.keys(response.body)).toEqual(['jwt']);
      expect(cookiesSetBy(response)).toEqual(freshRefreshCookie(172_800));
    });

    it('body and cookie in: the body wins', async () => {
      const [inBody, inCookie] = [await somebody(WANTS_BODY), await somebody()];

      const response = await refreshByBody(server, inBody.first.refreshToken)
        .set('Cookie', inCookie.first.cookie)
        .expect(200);

      expect(claimsOf(response.body.jwt)).toMatchObject({ id: inBody.person.id });
      expect(cookiesSetBy(response)).toEqual([]);
      expect(await storedSessions(server, inCookie.person)).toMatchObject([{ generation: 0 }]);
    });

    it('a bad body token does not fall back to the cookie, and does not clear it', async () => {
      const { first } = await somebody();

      const response = await refreshByBody(server, 'garbage').set('Cookie', first.cookie);

      expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
      expect(cookiesSetBy(response)).toEqual([]);
      await refresh(server, first).expect(200);
    });
  });
});
