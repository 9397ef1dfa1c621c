import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  bearer,
  claimsOf,
  createPerson,
  login,
  loggedInBy,
  refresh,
  whoAmI,
  type LoggedIn,
  type Person,
} from '../helpers/people';
import { useServer } from '../helpers/suite';

const USER = 'plugin::users-permissions.user';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
/** What every token begins with: `{"` in base64url. */
const BEGINNING_OF_A_TOKEN = 'eyJ';

const server = useServer({ SESSION_LIMIT: '2' });

interface Event {
  readonly name: string;
  readonly payload: { readonly userId?: number };
}
const events: Event[] = [];

beforeAll(() => {
  server.strapi.eventHub.subscribe(async (name, ...[payload]) => {
    if (name.startsWith('session.')) events.push({ name, payload });
  });
});
afterEach(() => {
  expect(JSON.stringify(events)).not.toContain(BEGINNING_OF_A_TOKEN);
});

const eventsOf = ({ id }: Person): Event[] =>
  events.filter(({ payload: { userId } }) => userId === id);

const namesOf = (person: Person): string[] => eventsOf(person).map(({ name }) => name);

const payloadsOf = (person: Person, wanted: string) =>
  eventsOf(person)
    .filter(({ name }) => name === wanted)
    .map(({ payload }) => payload);

const sessionIdOf = ({ accessToken }: LoggedIn) => claimsOf(accessToken).sessionId as string;

const loginOnPhone = (person: Person) => login(server, person, { 'User-Agent': IPHONE });

/** What every event says of a session on that phone. */
const phoneOf = (person: Person, session: LoggedIn) => ({
  userId: person.id,
  sessionId: sessionIdOf(session),
  deviceName: 'Safari on iOS',
  ipAddress: '127.0.0.1',
});

/** A session with a refresh token that was used long ago. */
const leakedSession = async (person: Person): Promise<LoggedIn> => {
  const stolen = await loginOnPhone(person);
  const next = loggedInBy(await refresh(server, stolen).expect(200));
  server.clock.advance(11_000);
  await refresh(server, next).expect(200);
  return stolen;
};

describe('session.created', () => {
  it('is told of a login', async () => {
    const person = await createPerson(server);

    const session = await loginOnPhone(person);

    expect(eventsOf(person)).toStrictEqual([
      { name: 'session.created', payload: phoneOf(person, session) },
    ]);
  });

  it('is not told of a login that is refused', async () => {
    const person = await createPerson(server);

    await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: person.username, password: 'wrong' })
      .expect(400);

    expect(eventsOf(person)).toEqual([]);
  });
});

describe('A refresh', () => {
  it('emits no event: it happens every few minutes for every client', async () => {
    const person = await createPerson(server);

    await refresh(server, await loginOnPhone(person)).expect(200);

    expect(namesOf(person)).toEqual(['session.created']);
  });
});

describe('session.revoked', () => {
  const logout = (session: LoggedIn, body: object) =>
    server.request().post('/api/auth/logout').set('Cookie', session.cookie).send(body).expect(200);

  const ways: [string, string, (person: Person, session: LoggedIn) => Promise<unknown>][] = [
    ['logout', 'a logout', (_person, session) => logout(session, {})],
    ['logout-all', 'a logout everywhere', (_person, session) => logout(session, { scope: 'all' })],
    [
      'revoked-by-user',
      'the owner, in the list of sessions',
      (_person, session) =>
        server
          .request()
          .delete(`/api/auth/sessions/${sessionIdOf(session)}`)
          .set(bearer(session))
          .expect(200),
    ],
    [
      'password-changed',
      'another password',
      ({ id }) =>
        server.strapi.db.query(USER).update({ where: { id }, data: { password: '$2a$10$other' } }),
    ],
    [
      'user-blocked',
      'a block',
      ({ id }) => server.strapi.db.query(USER).update({ where: { id }, data: { blocked: true } }),
    ],
    [
      'user-deleted',
      'a delete',
      ({ id }) => server.strapi.db.query(USER).delete({ where: { id } }),
    ],
    [
      'session-limit',
      'logins on more devices',
      async (person) => {
        for (let device = 0; device < 2; device += 1) {
          server.clock.advance(1000);
          await login(server, person);
        }
      },
    ],
  ];

  it.each(ways)('gives the reason %s after %s', async (reason, _way, end) => {
    const person = await createPerson(server);
    const session = await loginOnPhone(person);

    await end(person, session);

    await vi.waitFor(() =>
      expect(payloadsOf(person, 'session.revoked')).toStrictEqual([
        { ...phoneOf(person, session), reason },
      ]),
    );
  });

  it('is told once, however many log out at once', async () => {
    const person = await createPerson(server);
    const session = await loginOnPhone(person);

    await Promise.all(Array.from({ length: 10 }, () => logout(session, {})));

    expect(namesOf(person)).toEqual(['session.created', 'session.revoked']);
  });

  it('is told after the commit of the transaction that it happens in', async () => {
    const person = await createPerson(server);
    await loginOnPhone(person);

    await server.strapi.db.transaction(async () => {
      await server.strapi.db
        .query(USER)
        .update({ where: { id: person.id }, data: { blocked: true } });
      expect(namesOf(person)).toEqual(['session.created']);
    });

    await vi.waitFor(() => expect(namesOf(person)).toEqual(['session.created', 'session.revoked']));
  });

  it('is not told when that transaction is rolled back', async () => {
    const person = await createPerson(server);
    const session = await loginOnPhone(person);

    const failing = server.strapi.db.transaction(async () => {
      await server.strapi.db
        .query(USER)
        .update({ where: { id: person.id }, data: { blocked: true } });
      throw new Error('changed my mind');
    });

    await expect(failing).rejects.toThrow('changed my mind');
    await whoAmI(server, session).expect(200);
    // A later event has been told; one of the rollback would have come before it.
    await logout(session, {});
    expect(payloadsOf(person, 'session.revoked')).toMatchObject([{ reason: 'logout' }]);
  });
});

describe('session.reuse-detected', () => {
  it('is told, and the revocation too, once for any number of replays', async () => {
    const person = await createPerson(server);
    const stolen = await leakedSession(person);

    await Promise.all(Array.from({ length: 10 }, () => refresh(server, stolen).expect(401)));

    const payload = { ...phoneOf(person, stolen), reason: 'reuse-detected' };
    expect(eventsOf(person).slice(1)).toStrictEqual([
      { name: 'session.revoked', payload },
      { name: 'session.reuse-detected', payload },
    ]);
  });

  /** Replays a token and expects one warning, and it to say who, where and which generations. */
  const expectWarning = async (path: string, status: number): Promise<void> => {
    const person = await createPerson(server);
    const stolen = await leakedSession(person);

    await server.request().post(path).set('Cookie', stolen.cookie).expect(status);

    const warnings = server.log.filter(
      (line) => line.startsWith('warn:') && line.includes(sessionIdOf(stolen)),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      `Refresh token reused: user ${person.id}, session ${sessionIdOf(stolen)}, ` +
        'device Safari on iOS, address 127.0.0.1; ' +
        'generation 0 was presented, 2 is current. The session has been revoked.',
    );
    expect(server.log.join('\n')).not.toContain(BEGINNING_OF_A_TOKEN);
  };

  it('comes with a warning in the log', async () => {
    await expectWarning('/api/token/refresh', 401);
  });

  // The address is not handed on to the session service.
  it('comes with the same warning when the replay is a logout', async () => {
    await expectWarning('/api/auth/logout', 200);
  });
});

describe('a webhook', () => {
  /** Logs the first administrator in. */
  const administrator = async (): Promise<Record<string, string>> => {
    const { body } = await server
      .request()
      .post('/admin/register-admin')
      .send({ firstname: 'Ada', email: 'ada@example.com', password: 'Correct-horse-1' })
      .expect(200);
    return { Authorization: `Bearer ${body.data.token}` };
  };

  it('on session.reuse-detected, made through the admin API, is received', async () => {
    const deliveries: { headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = createServer(async (request, response) => {
      deliveries.push({ headers: request.headers, body: await text(request) });
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;

    try {
      await server
        .request()
        .post('/admin/webhooks')
        .set(await administrator())
        .send({
          name: 'Alarm',
          url: `http://127.0.0.1:${port}/alarm`,
          headers: { 'X-Alarm-Key': 'open-sesame' },
          events: ['session.reuse-detected'],
        })
        .expect(201);
      const person = await createPerson(server);
      const stolen = await leakedSession(person);

      await refresh(server, stolen).expect(401);

      await vi.waitFor(() => expect(deliveries).toHaveLength(1), { timeout: 10_000 });
      const [{ headers, body }] = deliveries as [(typeof deliveries)[number]];
      expect(headers).toMatchObject({
        'x-strapi-event': 'session.reuse-detected',
        'x-alarm-key': 'open-sesame',
      });
      expect(JSON.parse(body)).toStrictEqual({
        event: 'session.reuse-detected',
        createdAt: expect.any(String),
        ...phoneOf(person, stolen),
        reason: 'reuse-detected',
      });
    } finally {
      receiver.close();
    }
  });
});
