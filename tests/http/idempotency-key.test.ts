import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { INVALID_REFRESH_TOKEN, refusal } from '../helpers/responses';
import {
  createUser,
  login,
  refreshByBody,
  storedSessions,
  BODY_TRANSPORT,
  fetchOwnAccount,
} from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer();

const DAY = 24 * 60 * 60 * 1000;
const newKey = (): string => randomBytes(24).toString('base64url');
const MALFORMED = refusal(
  400,
  'Idempotency-Key must be 22 to 128 printable ASCII characters without spaces',
);

const logInNewUser = async () => {
  const user = await createUser(server);
  return { user, session: await login(server, user, BODY_TRANSPORT) };
};

const refreshWith = (refreshToken: string, key?: string) => {
  const request = refreshByBody(server, refreshToken);
  return key === undefined ? request : request.set('Idempotency-Key', key);
};

describe.each(['/api/token/refresh', '/api/auth/refresh'])(
  'POST %s with an Idempotency-Key',
  (path) => {
    const send = (refreshToken: string, key: string) =>
      server.request().post(path).set('Idempotency-Key', key).send({ refreshToken });

    it('returns the same successor to a retry a day later', async () => {
      const { user, session } = await logInNewUser();
      const key = newKey();
      const { body: first } = await send(session.refreshToken, key).expect(200);
      const row = await storedSessions(server, user);
      server.clock.advance(DAY);

      const { body: retry } = await send(session.refreshToken, key).expect(200);

      expect(retry.refreshToken).toBe(first.refreshToken);
      await fetchOwnAccount(server, { accessToken: retry.jwt }).expect(200);
      expect(await storedSessions(server, user)).toEqual(row);
    });

    it.each([
      ['short', 'k'.repeat(21)],
      ['long', 'k'.repeat(129)],
      ['empty', ''],
      ['with a space', `${'k'.repeat(30)} k`],
      ['not in ASCII', 'é'.repeat(30)],
    ])('refuses a key that is %s, and changes nothing', async (_what, key) => {
      const { user, session } = await logInNewUser();

      const response = await send(session.refreshToken, key);

      expect(response.status).toBe(400);
      expect(response.body).toEqual(MALFORMED);
      expect(await storedSessions(server, user)).toMatchObject([{ generation: 0 }]);
    });

    it.each(['k'.repeat(22), '!'.repeat(128), '~'.repeat(64)])(
      'accepts the key %s',
      async (key) => {
        const { session } = await logInNewUser();

        await send(session.refreshToken, key).expect(200);
      },
    );
  },
);

describe('a retry after the leeway', () => {
  it('returns the same successor with and without quotes around the key', async () => {
    const { session } = await logInNewUser();
    const key = newKey();
    const { body } = await refreshWith(session.refreshToken, `"${key}"`).expect(200);
    server.clock.advance(DAY);

    const retry = await refreshWith(session.refreshToken, key).expect(200);

    expect(retry.body.refreshToken).toBe(body.refreshToken);
  });

  it.each([
    ['another key', newKey()],
    ['no key', undefined],
  ])('with %s is reuse', async (_what, key) => {
    const { user, session } = await logInNewUser();
    const { body } = await refreshWith(session.refreshToken, newKey()).expect(200);
    server.clock.advance(DAY);

    const response = await refreshWith(session.refreshToken, key);

    expect(response.body).toEqual(INVALID_REFRESH_TOKEN);
    await fetchOwnAccount(server, { accessToken: body.jwt }).expect(401);
    expect(await storedSessions(server, user)).toMatchObject([{ revokedReason: 'reuse-detected' }]);
  });

  it('with a key is reuse when the rotation had no key', async () => {
    const { session } = await logInNewUser();
    await refreshWith(session.refreshToken).expect(200);
    server.clock.advance(DAY);

    await refreshWith(session.refreshToken, newKey()).expect(401);
  });

  it('with the key of the second last rotation is reuse', async () => {
    const { session } = await logInNewUser();
    const key = newKey();
    const { body } = await refreshWith(session.refreshToken, key).expect(200);
    server.clock.advance(20_000);
    await refreshWith(body.refreshToken, newKey()).expect(200);

    await refreshWith(session.refreshToken, key).expect(401);
  });

  it('with a key is reuse when the rotation after it had no key', async () => {
    const { user, session } = await logInNewUser();
    const key = newKey();
    const { body } = await refreshWith(session.refreshToken, key).expect(200);
    expect(await storedSessions(server, user)).toMatchObject([
      { retryKeyHash: expect.stringMatching(/^[\da-f]{64}$/) },
    ]);
    server.clock.advance(20_000);
    await refreshWith(body.refreshToken).expect(200);
    expect(await storedSessions(server, user)).toMatchObject([{ retryKeyHash: null }]);
    server.clock.advance(20_000);

    await refreshWith(body.refreshToken, key).expect(401);
  });

  it('is refused when its session has ended', async () => {
    const { user, session } = await logInNewUser();
    const key = newKey();
    await refreshWith(session.refreshToken, key).expect(200);
    await server.strapi
      .plugin('users-permissions')
      .service('session')
      .revokeAll([user.id], 'revoked-by-admin');

    await refreshWith(session.refreshToken, key).expect(401);
  });
});

it('An Idempotency-Key reaches neither the database nor the log', async () => {
  const { user, session } = await logInNewUser();
  const key = newKey();
  await refreshWith(session.refreshToken, key).expect(200);
  server.clock.advance(DAY);
  await refreshWith(session.refreshToken, newKey()).expect(401);

  const written = JSON.stringify([server.log, await storedSessions(server, user)]);
  expect(written).not.toContain(key);
});

describe('a repeat from another address and another user agent', () => {
  const elsewhere = 'curl/8.0 (elsewhere)';
  const recordEventsAndWarnings = async (run: () => Promise<unknown>) => {
    const events: unknown[] = [];
    const listener = async (event: unknown) => void events.push(event);
    const logged = server.log.length;
    server.strapi.eventHub.on('session.repeated-elsewhere', listener);
    try {
      await run();
    } finally {
      server.strapi.eventHub.off('session.repeated-elsewhere', listener);
    }
    const warnings = server.log.slice(logged).filter((line) => line.startsWith('warn:'));
    return { events, warnings };
  };
  const sessionRotatedElsewhere = async (key?: string) => {
    const { user, session } = await logInNewUser();
    await refreshWith(session.refreshToken, key).expect(200);
    await server.strapi.db
      .connection('up_sessions')
      .where({ user_id: user.id })
      .update({ ip_address: '192.0.2.1' });
    return { user, session };
  };

  it.each([
    ['within the leeway', 0],
    ['with the key, a day later', DAY],
  ])('logs a warning and emits an event: %s', async (_when, passed) => {
    const key = newKey();
    const { user, session } = await sessionRotatedElsewhere(key);
    server.clock.advance(passed);

    const { events, warnings } = await recordEventsAndWarnings(() =>
      refreshWith(session.refreshToken, key).set('User-Agent', elsewhere).expect(200),
    );

    expect(events).toEqual([
      {
        userId: user.id,
        sessionId: expect.any(String),
        deviceName: null,
        ipAddress: expect.stringMatching(/127\.0\.0\.1$/),
        userAgent: elsewhere,
      },
    ]);
    expect(warnings).toEqual([expect.stringMatching(/192\.0\.2\.1.*127\.0\.0\.1.*elsewhere/)]);
    expect(warnings[0]).not.toContain(session.refreshToken);
  });

  it.each([
    ['only the address differs', '192.0.2.1', {}],
    ['only the user agent differs', undefined, { 'User-Agent': elsewhere }],
  ])('logs and emits nothing when %s', async (_what, address, headers) => {
    const { user, session } = await logInNewUser();
    await refreshWith(session.refreshToken).expect(200);
    if (address !== undefined) {
      await server.strapi.db
        .connection('up_sessions')
        .where({ user_id: user.id })
        .update({ ip_address: address });
    }

    const { events, warnings } = await recordEventsAndWarnings(() =>
      refreshWith(session.refreshToken).set(headers).expect(200),
    );

    expect({ events, warnings }).toEqual({ events: [], warnings: [] });
  });
});
