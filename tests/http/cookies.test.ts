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

describe('a browser that sends several refresh cookies', () => {
  const server = useServer();

  /** Somebody whose first token is two rotations old. */
  const somebody = async () => {
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
  const expectLetIn = async (
    response: Awaited<ReturnType<typeof send>>,
    { id }: { id: number },
  ): Promise<void> => {
    expect(response.status).toBe(200);
    expect(claimsOf(response.body.jwt)).toMatchObject({ id });
    await fetchOwnAccount(server, tokensFrom(response)).expect(200);
  };
  const reasonsOf = async (user: { id: number }) =>
    (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);

  it.each(['before', 'after'])('is let in with a stale one %s the good one', async (place) => {
    const { user, stale, current } = await somebody();
    const cookies = place === 'before' ? [stale, current] : [current, stale];

    await expectLetIn(await send(...cookies), user);

    expect(await reasonsOf(user)).toEqual([null]);
  });

  it('is let in with a stale one of another session, newer than the good one, without an alarm', async () => {
    const user = await createUser(server);
    const good = await login(server, user);
    server.clock.advance(AFTER_LEEWAY);
    const other = await somebody();

    await expectLetIn(await send(other.stale, good), user);

    expect(await reasonsOf(other.user)).toEqual([null]);
  });

  it('is let in with garbage beside the good one', async () => {
    const { user, current } = await somebody();

    await expectLetIn(await send('garbage', current, 'e30.e30.e30'), user);
  });

  it('is let in with the cookie of an ended session, newer than its own', async () => {
    const { user, current } = await somebody();
    const other = await login(server, await createUser(server));
    await server.request().post('/api/auth/logout').set('Cookie', other.cookie).expect(200);

    await expectLetIn(await send(other, current), user);
  });

  it('gets the newest of two good ones', async () => {
    const { current: older, user: stranger } = await somebody();
    const { current: newer, user } = await somebody();

    await expectLetIn(await send(older, newer), user);

    expect(await storedSessions(server, stranger)).toMatchObject([{ generation: 2 }]);
  });

  it('is let in with the fourth of its genuine cookies, and not with a fifth', async () => {
    const older = await somebody();
    const ended: ClientTokens[] = [];
    for (let count = 0; count < 4; count += 1) {
      server.clock.advance(1000);
      const session = await login(server, await createUser(server));
      await server.request().post('/api/auth/logout').set('Cookie', session.cookie).expect(200);
      ended.push(session);
    }

    await send(...ended, older.current).expect(401);
    await expectLetIn(await send(...ended.slice(1), older.current), older.user);
  });

  it('raises the alarm for every stale one where none is good, and loses them all', async () => {
    const [one, two] = [await somebody(), await somebody()];

    const response = await send(one.stale, two.stale);

    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    expect(await reasonsOf(one.user)).toEqual(['reuse-detected']);
    expect(await reasonsOf(two.user)).toEqual(['reuse-detected']);
    await fetchOwnAccount(server, one.current).expect(401);
    expect(cookiesSetBy(response).map(({ value }) => value)).toEqual(['', '']);
  });

  it('keeps one: the others that the server could have set are cleared', async () => {
    const { current } = await somebody();

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

  it('logs out of the sessions of all of them, without an alarm', async () => {
    const [one, two] = [await somebody(), await somebody()];
    const cookie = [one.stale, two.current].map((session) => session.cookie).join('; ');

    const response = await server.request().post('/api/auth/logout').set('Cookie', cookie);

    expect(response.body).toEqual({ ok: true });
    expect(await reasonsOf(one.user)).toEqual(['logout']);
    expect(await reasonsOf(two.user)).toEqual(['logout']);
    expect(cookiesSetBy(response).map(({ value }) => value)).toEqual(['', '']);
  });

  it('may keep a signature of before: it is ignored, and none is set', async () => {
    const { current, user } = await somebody();
    const cookie = `refreshToken.sig=wrong; ${current.cookie}`;

    const response = await refresh(server, { cookie });

    await expectLetIn(response, user);
    expect(cookiesSetBy(response).map(({ name }) => name)).toEqual(['refreshToken']);
  });
});

it('a __Host- cookie has the attributes that browsers want, and works', async () => {
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
