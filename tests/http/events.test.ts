import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  bearer,
  claimsOf,
  createUser,
  login,
  tokensFrom,
  refresh,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const USER = 'plugin::users-permissions.user';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
/** The beginning of every JWT: `{"` in base64url. */
const TOKEN_PREFIX = 'eyJ';

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
  expect(JSON.stringify(events)).not.toContain(TOKEN_PREFIX);
});

const eventsOf = ({ id }: TestUser): Event[] =>
  events.filter(({ payload: { userId } }) => userId === id);

const namesOf = (user: TestUser): string[] => eventsOf(user).map(({ name }) => name);

const payloadsOf = (user: TestUser, wanted: string) =>
  eventsOf(user)
    .filter(({ name }) => name === wanted)
    .map(({ payload }) => payload);

const sessionIdOf = ({ accessToken }: ClientTokens) => claimsOf(accessToken).sessionId as string;

const loginOnPhone = (user: TestUser) => login(server, user, { 'User-Agent': IPHONE });

/** Returns the payload of every event of a session on that phone. */
const phonePayload = (user: TestUser, session: ClientTokens) => ({
  userId: user.id,
  sessionId: sessionIdOf(session),
  deviceName: 'Safari on iOS',
  ipAddress: '127.0.0.1',
});

/** Starts a session and returns its first tokens, which are two rotations old. */
const createStaleTokens = async (user: TestUser): Promise<ClientTokens> => {
  const stale = await loginOnPhone(user);
  const second = tokensFrom(await refresh(server, stale).expect(200));
  // A session rotates at most once per leeway.
  server.clock.advance(11_000);
  await refresh(server, second).expect(200);
  return stale;
};

describe('session.created', () => {
  it('is emitted at a login', async () => {
    const user = await createUser(server);

    const session = await loginOnPhone(user);

    expect(eventsOf(user)).toStrictEqual([
      { name: 'session.created', payload: phonePayload(user, session) },
    ]);
  });
});

describe('session.revoked', () => {
  const logout = (session: ClientTokens, body: object) =>
    server.request().post('/api/auth/logout').set('Cookie', session.cookie).send(body).expect(200);

  const ways: [string, string, (user: TestUser, session: ClientTokens) => Promise<unknown>][] = [
    ['logout', 'the user logs out', (_user, session) => logout(session, {})],
    [
      'revoked-by-user',
      'the user ends it in the list of sessions',
      (_user, session) =>
        server
          .request()
          .delete(`/api/auth/sessions/${sessionIdOf(session)}`)
          .set(bearer(session))
          .expect(200),
    ],
    [
      'user-blocked',
      'the user is blocked',
      ({ id }) => server.strapi.db.query(USER).update({ where: { id }, data: { blocked: true } }),
    ],
  ];

  it.each(ways)('is emitted with the reason %s when %s', async (reason, _way, end) => {
    const user = await createUser(server);
    const session = await loginOnPhone(user);

    await end(user, session);

    await vi.waitFor(() =>
      expect(payloadsOf(user, 'session.revoked')).toStrictEqual([
        { ...phonePayload(user, session), reason },
      ]),
    );
  });

  it('is emitted after the commit of the open transaction', async () => {
    const user = await createUser(server);
    await loginOnPhone(user);

    await server.strapi.db.transaction(async () => {
      await server.strapi.db
        .query(USER)
        .update({ where: { id: user.id }, data: { blocked: true } });
      expect(namesOf(user)).toEqual(['session.created']);
    });

    await vi.waitFor(() => expect(namesOf(user)).toEqual(['session.created', 'session.revoked']));
  });

  it('is not emitted when the transaction is rolled back', async () => {
    const user = await createUser(server);
    const session = await loginOnPhone(user);

    const failing = server.strapi.db.transaction(async () => {
      await server.strapi.db
        .query(USER)
        .update({ where: { id: user.id }, data: { blocked: true } });
      throw new Error('changed my mind');
    });

    await expect(failing).rejects.toThrow('changed my mind');
    await fetchOwnAccount(server, session).expect(200);
    // This later event has arrived. An event of the rollback would have arrived before it.
    await logout(session, {});
    expect(payloadsOf(user, 'session.revoked')).toMatchObject([{ reason: 'logout' }]);
  });
});

describe('session.reuse-detected', () => {
  it('is emitted once, after session.revoked, for any number of replays', async () => {
    const user = await createUser(server);
    const stale = await createStaleTokens(user);

    await Promise.all(Array.from({ length: 10 }, () => refresh(server, stale).expect(401)));

    const payload = { ...phonePayload(user, stale), reason: 'reuse-detected' };
    expect(eventsOf(user).slice(1)).toStrictEqual([
      { name: 'session.revoked', payload },
      { name: 'session.reuse-detected', payload },
    ]);
  });

  // The warning at a refresh is tested in refresh.test.ts. A logout passes its address on separately.
  it('is logged as a warning when the replay is a logout', async () => {
    const user = await createUser(server);
    const stale = await createStaleTokens(user);

    await server.request().post('/api/auth/logout').set('Cookie', stale.cookie).expect(200);

    const warnings = server.log.filter(
      (line) => line.startsWith('warn:') && line.includes(sessionIdOf(stale)),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      `Refresh token reused: user ${user.id}, session ${sessionIdOf(stale)}, ` +
        'device Safari on iOS, address 127.0.0.1; ' +
        'generation 0 was presented, 2 is current. The session has been revoked.',
    );
    expect(server.log.join('\n')).not.toContain(TOKEN_PREFIX);
  });
});

describe('a webhook for session.reuse-detected', () => {
  const createFirstAdmin = async (): Promise<Record<string, string>> => {
    const { body } = await server
      .request()
      .post('/admin/register-admin')
      .send({ firstname: 'Ada', email: 'ada@example.com', password: 'Correct-horse-1' })
      .expect(200);
    return { Authorization: `Bearer ${body.data.token}` };
  };

  it('is created through the admin API, and receives the event', async () => {
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
        .set(await createFirstAdmin())
        .send({
          name: 'Alarm',
          url: `http://127.0.0.1:${port}/alarm`,
          headers: { 'X-Alarm-Key': 'open-sesame' },
          events: ['session.reuse-detected'],
        })
        .expect(201);
      const user = await createUser(server);
      const stale = await createStaleTokens(user);

      await refresh(server, stale).expect(401);

      await vi.waitFor(() => expect(deliveries).toHaveLength(1), { timeout: 10_000 });
      const [{ headers, body }] = deliveries as [(typeof deliveries)[number]];
      expect(headers).toMatchObject({
        'x-strapi-event': 'session.reuse-detected',
        'x-alarm-key': 'open-sesame',
      });
      expect(JSON.parse(body)).toStrictEqual({
        event: 'session.reuse-detected',
        createdAt: expect.any(String),
        ...phonePayload(user, stale),
        reason: 'reuse-detected',
      });
    } finally {
      receiver.close();
    }
  });
});
