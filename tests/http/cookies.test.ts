import { describe, expect, it } from 'vitest';
import { cookiesSetBy, INVALID_REFRESH_TOKEN } from '../helpers/responses';
import {
  claimsOf,
  createUser,
  login,
  tokensFrom,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { useServer, withServer } from '../helpers/suite';

const AFTER_LEEWAY = 11_000;

describe('A request with several refresh cookies', () => {
  const server = useServer();

  /** Creates a user whose first token is two rotations old. */
  const userWithStaleToken = async () => {
    const user = await createUser(server);
    const stale = await login(server, user);
    let current: ClientTokens = stale;
    for (let count = 0; count < 2; count += 1) {
      server.clock.advance(AFTER_LEEWAY);
      current = tokensFrom(await refresh(server, current).expect(200));
    }
    server.clock.advance(AFTER_LEEWAY);
    return { user, stale, current };
  };
  const send = (...sessions: readonly (ClientTokens | string)[]) =>
    refresh(server, {
      cookie: sessions
        .map((session) =>
          typeof session === 'string' ? `refreshToken=${session}` : session.cookie,
        )
        .join('; '),
    });
  const expectAccepted = async (
    response: Awaited<ReturnType<typeof send>>,
    { id }: { id: number },
  ): Promise<void> => {
    expect(response.status).toBe(200);
    expect(claimsOf(response.body.jwt)).toMatchObject({ id });
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  };
  const reasonsOf = async (user: { id: number }) =>
    (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);

  it.each(['before', 'after'])('is accepted with a stale cookie %s the good one', async (place) => {
    const { user, stale, current } = await userWithStaleToken();
    const cookies = place === 'before' ? [stale, current] : [current, stale];

    await expectAccepted(await send(...cookies), user);

    expect(await reasonsOf(user)).toEqual([null]);
  });

  it('is accepted with a newer, stale cookie of another session, without an alarm', async () => {
    const user = await createUser(server);
    const good = await login(server, user);
    server.clock.advance(AFTER_LEEWAY);
    const other = await userWithStaleToken();

    await expectAccepted(await send(other.stale, good), user);

    expect(await reasonsOf(other.user)).toEqual([null]);
  });

  it('is accepted with garbage beside the good one', async () => {
    const { user, current } = await userWithStaleToken();

    await expectAccepted(await send('garbage', current, 'e30.e30.e30'), user);
  });

  it('is accepted with a newer cookie of an ended session', async () => {
    const { user, current } = await userWithStaleToken();
    const other = await login(server, await createUser(server));
    await server.request().post('/api/auth/logout').set('Cookie', other.cookie).expect(200);

    await expectAccepted(await send(other, current), user);
  });

  it('rotates the newest of two good ones', async () => {
    const { current: older, user: otherUser } = await userWithStaleToken();
    const { current: newer, user } = await userWithStaleToken();

    await expectAccepted(await send(older, newer), user);

    expect(await storedSessions(server, otherUser)).toMatchObject([{ generation: 2 }]);
  });

  it('is accepted for its fourth genuine cookie, and not for its fifth', async () => {
    const older = await userWithStaleToken();
    const ended: ClientTokens[] = [];
    for (let count = 0; count < 4; count += 1) {
      server.clock.advance(1000);
      const session = await login(server, await createUser(server));
      await server.request().post('/api/auth/logout').set('Cookie', session.cookie).expect(200);
      ended.push(session);
    }

    await send(...ended, older.current).expect(401);
    await expectAccepted(await send(...ended.slice(1), older.current), older.user);
  });

  it('raises an alarm for every stale cookie when none is good, and clears all', async () => {
    const [one, two] = [await userWithStaleToken(), await userWithStaleToken()];

    const response = await send(one.stale, two.stale);

    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    expect(await reasonsOf(one.user)).toEqual(['reuse-detected']);
    expect(await reasonsOf(two.user)).toEqual(['reuse-detected']);
    await fetchOwnAccount(server, one.current).expect(401);
    expect(cookiesSetBy(response).map(({ value }) => value)).toEqual(['', '']);
  });

  it('gets one new cookie, and clears the others that the server could have set', async () => {
    const { current } = await userWithStaleToken();

    const several = cookiesSetBy(await send('garbage', current).expect(200));
    const one = cookiesSetBy(await send(current).expect(200));

    expect(one).toHaveLength(1);
    expect(several).toEqual([
      {
        name: 'refreshToken',
        value: '',
        attributes: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax'],
      },
      { ...one[0], attributes: expect.arrayContaining(['Path=/api']) },
    ]);
  });

  it('ends the sessions of all of them at logout, without an alarm', async () => {
    const [one, two] = [await userWithStaleToken(), await userWithStaleToken()];
    const cookie = [one.stale, two.current].map((session) => session.cookie).join('; ');

    const response = await server.request().post('/api/auth/logout').set('Cookie', cookie);

    expect(response.body).toEqual({ ok: true });
    expect(await reasonsOf(one.user)).toEqual(['logout']);
    expect(await reasonsOf(two.user)).toEqual(['logout']);
    expect(cookiesSetBy(response).map(({ value }) => value)).toEqual(['', '']);
  });

  it('is accepted with the signature cookie of version 1.0.0, which is ignored', async () => {
    const { current, user } = await userWithStaleToken();
    const cookie = `refreshToken.sig=wrong; ${current.cookie}`;

    const response = await refresh(server, { cookie });

    await expectAccepted(response, user);
    expect(cookiesSetBy(response).map(({ name }) => name)).toEqual(['refreshToken']);
  });
});

it('A __Host- cookie has the attributes that browsers require, and is accepted', async () => {
  const settings = {
    REFRESH_COOKIE_NAME: '__Host-refreshToken',
    REFRESH_COOKIE_SECURE: 'true',
    REFRESH_COOKIE_PATH: '/',
    REFRESH_COOKIE_PARTITIONED: 'true',
  };
  await withServer(settings, async (server) => {
    const { cookie } = await login(server, await createUser(server));

    const response = await refresh(server, { cookie: `${cookie}; ${cookie}` }).expect(200);

    expect(cookiesSetBy(response)).toEqual([
      {
        name: '__Host-refreshToken',
        value: expect.any(String),
        attributes: [
          'HttpOnly',
          'Max-Age=172800',
          'Partitioned',
          'Path=/',
          'SameSite=Lax',
          'Secure',
        ],
      },
    ]);
  });
});
