import { describe, expect, it } from 'vitest';
import { cookiesSetBy, INVALID_REFRESH_TOKEN } from '../helpers/answers';
import {
  claimsOf,
  createPerson,
  login,
  loggedInBy,
  refresh,
  storedSessions,
  whoAmI,
  type LoggedIn,
} from '../helpers/people';
import { useServer, withServer } from '../helpers/suite';

const AFTER_LEEWAY = 11_000;

describe('a browser that sends several refresh cookies', () => {
  const server = useServer();

  /** Somebody whose first token is two rotations old. */
  const somebody = async () => {
    const person = await createPerson(server);
    const stale = await login(server, person);
    let current: LoggedIn = stale;
    for (let count = 0; count < 2; count += 1) {
      server.clock.advance(AFTER_LEEWAY);
      current = loggedInBy(await refresh(server, current).expect(200));
    }
    server.clock.advance(AFTER_LEEWAY);
    return { person, stale, current };
  };
  const send = (...sessions: readonly (LoggedIn | string)[]) =>
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
    await whoAmI(server, loggedInBy(response)).expect(200);
  };
  const reasonsOf = async (person: { id: number }) =>
    (await storedSessions(server, person)).map(({ revokedReason }) => revokedReason);

  it.each(['before', 'after'])('is let in with a stale one %s the good one', async (place) => {
    const { person, stale, current } = await somebody();
    const cookies = place === 'before' ? [stale, current] : [current, stale];

    await expectLetIn(await send(...cookies), person);

    expect(await reasonsOf(person)).toEqual([null]);
  });

  it('is let in with a stale one of another session, newer than the good one, without an alarm', async () => {
    const person = await createPerson(server);
    const good = await login(server, person);
    server.clock.advance(AFTER_LEEWAY);
    const other = await somebody();

    await expectLetIn(await send(other.stale, good), person);

    expect(await reasonsOf(other.person)).toEqual([null]);
  });

  it('is let in with garbage beside the good one', async () => {
    const { person, current } = await somebody();

    await expectLetIn(await send('garbage', current, 'e30.e30.e30'), person);
  });

  it('is let in with the cookie of an ended session, newer than its own', async () => {
    const { person, current } = await somebody();
    const other = await login(server, await createPerson(server));
    await server.request().post('/api/auth/logout').set('Cookie', other.cookie).expect(200);

    await expectLetIn(await send(other, current), person);
  });

  it('gets the newest of two good ones', async () => {
    const { current: older, person: stranger } = await somebody();
    const { current: newer, person } = await somebody();

    await expectLetIn(await send(older, newer), person);

    expect(await storedSessions(server, stranger)).toMatchObject([{ generation: 2 }]);
  });

  it('is let in with the fourth of its genuine cookies, and not with a fifth', async () => {
    const older = await somebody();
    const ended: LoggedIn[] = [];
    for (let count = 0; count < 4; count += 1) {
      server.clock.advance(1000);
      const session = await login(server, await createPerson(server));
      await server.request().post('/api/auth/logout').set('Cookie', session.cookie).expect(200);
      ended.push(session);
    }

    await send(...ended, older.current).expect(401);
    await expectLetIn(await send(...ended.slice(1), older.current), older.person);
  });

  it('raises the alarm for every stale one where none is good, and loses them all', async () => {
    const [one, two] = [await somebody(), await somebody()];

    const response = await send(one.stale, two.stale);

    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    expect(await reasonsOf(one.person)).toEqual(['reuse-detected']);
    expect(await reasonsOf(two.person)).toEqual(['reuse-detected']);
    await whoAmI(server, one.current).expect(401);
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
    expect(await reasonsOf(one.person)).toEqual(['logout']);
    expect(await reasonsOf(two.person)).toEqual(['logout']);
    expect(cookiesSetBy(response).map(({ value }) => value)).toEqual(['', '']);
  });

  it('may keep a signature of before: it is ignored, and none is set', async () => {
    const { current, person } = await somebody();
    const cookie = `refreshToken.sig=wrong; ${current.cookie}`;

    const response = await refresh(server, { cookie });

    await expectLetIn(response, person);
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
    const { cookie } = await login(server, await createPerson(server));

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
