import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionService } from '../../src/extensions/users-permissions/refresh-tokens/services/sessions';
import { INTERNAL_SERVER_ERROR, refusal } from '../helpers/responses';
import { MISSING_TABLE, withoutSessionTable } from '../helpers/faults';
import { forgeToken } from '../helpers/forge';
import {
  claimsOf,
  createUser,
  updateUserWithoutHooks,
  login,
  refresh,
  storedSessions,
} from '../helpers/users';
import { grantToUsers } from '../helpers/permissions';
import { withPluginSettings } from '../helpers/plugin-settings';
import { useServer } from '../helpers/suite';

const server = useServer({}, 'projectWithNotes');

/** A route of the plugin and a route of a content type. */
const PROTECTED = ['/api/users/me', '/api/notes'];

beforeAll(() => grantToUsers(server, ['api::note.note.find']));

const get = (path: string, token: string) =>
  server.request().get(path).set('Authorization', `Bearer ${token}`);

const expectRefused = async (token: string): Promise<void> => {
  for (const path of PROTECTED) {
    const response = await get(path, token);
    expect(response.body).toEqual(refusal(401));
  }
};

const expectAccepted = async (token: string): Promise<void> => {
  for (const path of PROTECTED) await get(path, token).expect(200);
};

const logInNewUser = async () => {
  const user = await createUser(server);
  return { user, device: await login(server, user) };
};

describe('An access token', () => {
  it('is accepted by the routes for logged-in users', async () => {
    const { user, device } = await logInNewUser();

    const response = await get('/api/users/me', device.accessToken).expect(200);

    expect(response.body).toMatchObject({ id: user.id, username: user.username });
    const notes = await get('/api/notes', device.accessToken).expect(200);
    expect(notes.body).toMatchObject({ data: [] });
  });

  it('is refused as soon as its session is revoked', async () => {
    const { user, device } = await logInNewUser();
    await expectAccepted(device.accessToken);

    await server.strapi.db
      .connection('up_sessions')
      .where({ user_id: user.id })
      .update({ revoked_at: server.clock.now(), revoked_reason: 'revoked-by-admin' });

    await expectRefused(device.accessToken);
  });

  it('is accepted after a rotation of its session, until it expires', async () => {
    const { device } = await logInNewUser();
    await refresh(server, device).expect(200);
    server.clock.advance(359_000);
    await expectAccepted(device.accessToken);
    server.clock.advance(1000);

    await expectRefused(device.accessToken);
  });

  it.each([
    ['blocked', { blocked: true }],
    ['set to unconfirmed where confirmation is required', { confirmed: false }],
  ])('is refused when the user was %s with SQL', async (_name, changes) => {
    const { user, device } = await logInNewUser();
    await updateUserWithoutHooks(server, user, changes);

    await withPluginSettings(server, 'advanced', { email_confirmation: true }, () =>
      expectRefused(device.accessToken),
    );
  });

  it('is refused when the user was deleted with SQL', async () => {
    const { user, device } = await logInNewUser();
    await server.strapi.db.connection('up_users').where({ id: user.id }).delete();

    await expectRefused(device.accessToken);
  });

  it('is refused with 403 for an action that its role may not call', async () => {
    const { device } = await logInNewUser();

    const response = await get('/api/users', device.accessToken);

    expect(response.body).toEqual(refusal(403));
  });

  it('gets a 500, not a 401, while the database fails', async () => {
    const { device } = await logInNewUser();

    await server.expectErrors(MISSING_TABLE, () =>
      withoutSessionTable(server, async () => {
        for (const path of PROTECTED) {
          expect((await get(path, device.accessToken)).body).toEqual(INTERNAL_SERVER_ERROR);
        }
      }),
    );

    await expectAccepted(device.accessToken);
  });
});

// All other forgeries are in tests/unit/tokens-refused.test.ts. These show that the routes verify tokens.
describe('A forged access token', () => {
  const forgeries: [string, (claims: Record<string, unknown>, refreshToken: string) => string][] = [
    ['a refresh token', (_claims, refreshToken) => refreshToken],
    [
      'a token without a signature',
      (claims) => forgeToken({ header: { alg: 'none' }, payload: claims }),
    ],
    [
      'a token that is signed with the secret of the admin panel',
      (claims) => forgeToken({ payload: claims, secret: process.env.ADMIN_JWT_SECRET }),
    ],
    ['garbage of 8,000 characters', () => 'x'.repeat(8000)],
  ];

  it.each(forgeries)('is refused: %s', async (_name, forge) => {
    const { device } = await logInNewUser();

    await expectRefused(forge(claimsOf(device.accessToken), device.refreshToken));
  });

  it('is accepted with the same claims and the right secret', async () => {
    const { device } = await logInNewUser();

    const payload = claimsOf(device.accessToken);

    await expectAccepted(forgeToken({ payload, secret: process.env.JWT_SECRET }));
  });
});

describe('The jwt service of users-permissions', () => {
  const jwt = () =>
    server.strapi.plugin('users-permissions').service('jwt') as {
      issue(payload: object, options?: object): string;
      verify(token: string): Promise<Record<string, unknown>>;
    };

  it('issues a token without a session, synchronously and with the same lifetime', async () => {
    const user = await createUser(server);

    const token = jwt().issue({ id: user.id });

    const now = Math.floor(server.clock.now() / 1000);
    expect(claimsOf(token)).toEqual({ id: user.id, type: 'access', iat: now, exp: now + 360 });
    await expectAccepted(token);
    expect(await storedSessions(server, user)).toEqual([]);
    server.clock.advance(360_000);
    await expectRefused(token);
  });

  it('verifies a token, and rejects one whose session has ended', async () => {
    const { user, device } = await logInNewUser();

    await expect(jwt().verify(device.accessToken)).resolves.toMatchObject({ id: user.id });

    await server.strapi.db.connection('up_sessions').where({ user_id: user.id }).delete();
    await expect(jwt().verify(device.accessToken)).rejects.toThrow();
  });

  it.each([
    ['claims of its own', { id: 7, plan: 'gold', scopes: ['read'] }],
    ['a number as text', { id: '7' }],
    ['no id', { email: 'ada@example.com' }],
  ])('issues a token with %s, and verifies it with all its claims', async (_name, payload) => {
    const token = jwt().issue(payload, { expiresIn: '2h' });

    const claims = await jwt().verify(token);

    expect(claims).toMatchObject(payload);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(7200);
  });

  it('issues a token with the id as text, which is accepted', async () => {
    const { id } = await createUser(server);

    await expectAccepted(jwt().issue({ id: String(id) }));
  });

  it.each([{}, { id: null }, { id: [1] }, { id: { $gt: 0 } }, { id: 'x' }, { id: '' }])(
    'issues a token with %j, which opens no account',
    async (payload) => {
      await createUser(server);

      await expectRefused(jwt().issue(payload));
    },
  );

  it('issues a token that is refused when the user is blocked', async () => {
    const user = await createUser(server, { blocked: true });

    await expectRefused(jwt().issue({ id: user.id }));
  });

  it('issues a token that expires when its payload says so', async () => {
    const { id } = await createUser(server);
    const now = Math.floor(server.clock.now() / 1000);

    const token = jwt().issue({ id, exp: now + 7200 });

    expect(claimsOf(token)).toMatchObject({ id, exp: now + 7200 });
    await expect(jwt().verify(token)).resolves.toMatchObject({ id, exp: now + 7200 });
    await expect(jwt().verify(jwt().issue({ id, exp: now - 60 }))).rejects.toThrow();
  });

  // SQLite has one connection: a query that does not join the transaction would wait for ever.
  it('verifies, and sessions start, rotate and end, inside a transaction', async () => {
    const { user } = await logInNewUser();
    const { service } = server.strapi.plugin('users-permissions');
    const sessions = service('session') as SessionService;
    const client = { deviceName: null, userAgent: null, ipAddress: null };

    const rotated = await server.strapi.db.transaction(async () => {
      const { accessToken, refreshToken } = await sessions.start(user.id, client);
      await expect(jwt().verify(accessToken)).resolves.toMatchObject({ id: user.id });
      const claims = sessions.readRefreshToken(refreshToken);
      const caller = { ipAddress: null, userAgent: null, retryKeyHash: null, hasLeft: () => false };
      return sessions.rotate([claims], caller);
    });

    await expectAccepted(rotated.accessToken);
    await server.strapi.db.transaction(async () => {
      const { sessionId } = sessions.readAccessToken(rotated.accessToken);
      expect(await sessions.revokeOthers(user, sessionId)).toBe(1);
      await sessions.revokeAll([user.id], 'logout-all');
      await expect(jwt().verify(rotated.accessToken)).rejects.toThrow();
    });
    await expectRefused(rotated.accessToken);
  });
});

describe('An API token of Strapi', () => {
  it('is accepted beside access tokens, with its own permissions', async () => {
    const { accessKey } = await server.strapi.service('admin::api-token').create({
      name: 'a script',
      description: '',
      type: 'read-only',
      lifespan: null,
    });

    await get('/api/notes', accessKey).expect(200);
    const response = await server
      .request()
      .post('/api/notes')
      .set('Authorization', `Bearer ${accessKey}`)
      .send({ data: { title: 'read-only' } });
    expect(response.body).toEqual(refusal(403));
  });
});
