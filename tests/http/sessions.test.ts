import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bearer,
  claimsOf,
  createUser,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
} from '../helpers/users';
import { refusal } from '../helpers/responses';
import { useServer } from '../helpers/suite';

const server = useServer({ SESSION_LIMIT: '3' });

const listSessions = (caller: ClientTokens) =>
  server.request().get('/api/auth/sessions').set(bearer(caller));

const deleteSession = (caller: ClientTokens, id: string) =>
  server.request().delete(`/api/auth/sessions/${id}`).set(bearer(caller));

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

const DAY = 24 * 60 * 60 * 1000;

describe('GET /api/auth/sessions', () => {
  it('lists the live sessions of the caller, the current one first, then the newest login', async () => {
    const user = await createUser(server);
    const first = await login(server, user, { 'User-Agent': IPHONE });
    server.clock.advance(1000);
    await login(server, user, { 'User-Agent': 'curl/8.0' });
    server.clock.advance(1000);
    await login(server, user);

    const { body } = await listSessions(first).expect(200);

    expect(body.data.map(({ current }: { current: boolean }) => current)).toEqual([
      true,
      false,
      false,
    ]);
    expect(body.data[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      deviceName: 'Safari on iOS',
      userAgent: IPHONE,
      ipAddress: expect.stringMatching(/127\.0\.0\.1$/),
      loginAt: new Date(server.clock.now() - 2000).toISOString(),
      lastUsedAt: new Date(server.clock.now()).toISOString(),
      expiresAt: new Date(server.clock.now() + 2 * DAY).toISOString(),
      impersonatedBy: null,
      current: true,
    });
    expect(body.data[1].loginAt > body.data[2].loginAt).toBe(true);
  });

  it('does not show the calling session when and from where it was refreshed', async () => {
    const user = await createUser(server);
    const mine = await login(server, user);
    const other = await login(server, user);
    server.clock.advance(20_000);
    const refreshedAt = new Date(server.clock.now()).toISOString();
    await refresh(server, mine).expect(200);
    await server.strapi.db
      .connection('up_sessions')
      .where({ user_id: user.id })
      .update({ ip_address: '192.0.2.1' });
    server.clock.advance(3000);
    const now = server.clock.now();

    const ownList = (await listSessions(mine).expect(200)).body.data;
    const otherList = (await listSessions(other).expect(200)).body.data;

    const owner = claimsOf(mine.accessToken).sessionId;
    const ofMine = ({ id }: { id: string }) => id === owner;
    expect(ownList.find(ofMine)).toMatchObject({
      lastUsedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 2 * DAY).toISOString(),
      ipAddress: expect.stringMatching(/127\.0\.0\.1$/),
    });
    // The other sessions of the user see the stored values.
    expect(otherList.find(ofMine)).toMatchObject({
      lastUsedAt: refreshedAt,
      ipAddress: '192.0.2.1',
    });
  });

  it('requires a logged-in user', async () => {
    await server.request().get('/api/auth/sessions').expect(401);
  });
});

describe('DELETE /api/auth/sessions/:id', () => {
  it("ends another device's session at once", async () => {
    const user = await createUser(server);
    const phone = await login(server, user);
    const laptop = await login(server, user);
    const { body } = await listSessions(phone).expect(200);

    const response = await deleteSession(laptop, body.data[0].id).expect(200);

    expect(response.body).toEqual({ data: {} });
    await fetchOwnAccount(server, phone).expect(401);
    await fetchOwnAccount(server, laptop).expect(200);
    expect((await storedSessions(server, user))[0]).toMatchObject({
      revokedReason: 'revoked-by-user',
    });
  });

  it.each(['AAAAAAAAAAAAAAAAAAAAAA', '%00'])('answers 404 to the unknown id %s', async (id) => {
    const caller = await login(server, await createUser(server));
    const { body } = await deleteSession(caller, encodeURI(id)).expect(404);
    expect(body.error).toMatchObject({ name: 'NotFoundError', message: 'Session not found' });
  });

  it("answers 404 to another user's session", async () => {
    const owner = await login(server, await createUser(server));
    const otherUser = await login(server, await createUser(server));
    const { body } = await listSessions(owner).expect(200);

    await deleteSession(otherUser, body.data[0].id).expect(404);

    await fetchOwnAccount(server, owner).expect(200);
  });
});

describe('DELETE /api/auth/sessions', () => {
  it('ends all sessions but the current one', async () => {
    const user = await createUser(server);
    const [phone, tablet, laptop] = [
      await login(server, user),
      await login(server, user),
      await login(server, user),
    ];

    const { body } = await server
      .request()
      .delete('/api/auth/sessions')
      .set(bearer(laptop))
      .expect(200);

    expect(body).toEqual({ data: { revoked: 2 } });
    await fetchOwnAccount(server, phone).expect(401);
    await fetchOwnAccount(server, tablet).expect(401);
    await fetchOwnAccount(server, laptop).expect(200);
  });
});

describe('SESSION_LIMIT', () => {
  it('holds when a user logs in on many devices at once', async () => {
    const user = await createUser(server);

    await Promise.all(Array.from({ length: 8 }, () => login(server, user)));

    const live = (await storedSessions(server, user)).filter(({ revokedAt }) => !revokedAt);
    expect(live).toHaveLength(3);
  });

  it('never revokes the new session, also after the clock was set back', async () => {
    const user = await createUser(server);
    for (let count = 0; count < 3; count += 1) await login(server, user);
    server.clock.advance(-60_000);

    const newest = await login(server, user);

    await fetchOwnAccount(server, newest).expect(200);
    const reasons = (await storedSessions(server, user)).map(({ revokedReason }) => revokedReason);
    expect(reasons).toEqual(['session-limit', null, null, null]);
  });
});

describe.each(['custom', 'read-only', 'full-access'])('An API token (%s)', (type) => {
  it.each([
    ['get', '/api/auth/sessions'],
    ['delete', '/api/auth/sessions'],
    ['delete', `/api/auth/sessions/${'a'.repeat(22)}`],
  ] as const)('is refused with 401 at %s %s', async (method, path) => {
    const { accessKey } = await server.strapi.service('admin::api-token').create({
      name: randomUUID(),
      description: '',
      type,
      lifespan: null,
      ...(type === 'custom' && { permissions: ['plugin::users-permissions.user.me'] }),
    });

    const response = await server
      .request()
      [method](path)
      .set(bearer({ accessToken: accessKey }));

    expect(response.body).toEqual(refusal(401));
  });
});
