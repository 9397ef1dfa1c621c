import { beforeAll, describe, expect, it } from 'vitest';
import { FAULT, refusal } from '../helpers/responses';
import { NO_TABLE, withoutSessionTable } from '../helpers/faults';
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

/** A route of the plugin, and one of a content type. */
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

const somebody = async () => {
  const user = await createUser(server);
  return { user, device: await login(server, user) };
};

describe('An access token', () => {
  it('opens what logged-in users may see, and says who they are', async () => {
    const { user, device } = await somebody();

    const response = await get('/api/users/me', device.accessToken).expect(200);

    expect(response.body).toMatchObject({ id: user.id, username: user.username });
    const notes = await get('/api/notes', device.accessToken).expect(200);
    expect(notes.body).toMatchObject({ data: [] });
  });

  it('is refused as soon as its session is revoked', async () => {
    const { user, device } = await somebody();
    await expectAccepted(device.accessToken);

    await server.strapi.db
      .connection('up_sessions')
      .where({ user_id: user.id })
      .update({ revoked_at: server.clock.now(), revoked_reason: 'revoked-by-admin' });

    await expectRefused(device.accessToken);
  });

  it('outlives the rotation of its session, not its own time', async () => {
    const { device } = await somebody();
    await refresh(server, device).expect(200);
    server.clock.advance(359_000);
    await expectAccepted(device.accessToken);
    server.clock.advance(1000);

    await expectRefused(device.accessToken);
  });

  it.each([
    ['blocked', { blocked: true }],
    ['put back to unconfirmed where confirmation is required', { confirmed: false }],
  ])('is refused when the user was %s behind the application’s back', async (_name, changes) => {
    const { user, device } = await somebody();
    await updateUserWithoutHooks(server, user, changes);

    await withPluginSettings(server, 'advanced', { email_confirmation: true }, () =>
      expectRefused(device.accessToken),
    );
  });

  it('is refused when the user was deleted', async () => {
    const { user, device } = await somebody();
    await server.strapi.db.connection('up_users').where({ id: user.id }).delete();

    await expectRefused(device.accessToken);
  });

  it('of a role without the permission gets 403', async () => {
    const { device } = await somebody();

    const response = await get('/api/users', device.accessToken);

    expect(response.body).toEqual(refusal(403));
  });

  it('while the database is at fault is not called invalid: 5xx', async () => {
    const { device } = await somebody();

    await server.expectErrors(NO_TABLE, () =>
      withoutSessionTable(server, async () => {
        for (const path of PROTECTED) {
          expect((await get(path, device.accessToken)).body).toEqual(FAULT);
        }
      }),
    );

    await expectAccepted(device.accessToken);
  });
});

// Every other forgery is in tests/unit/tokens-refused.test.ts; these show that the routes ask there.
describe('A token that is not an access token of this server', () => {
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

  it.each(forgeries)('is refused: %s', async (_name, make) => {
    const { device } = await somebody();

    await expectRefused(make(claimsOf(device.accessToken), device.refreshToken));
  });

  it('is refused for its content alone: the same claims under the right secret are accepted', async () => {
    const { device } = await somebody();

    const payload = claimsOf(device.accessToken);

    await expectAccepted(forgeToken({ payload, secret: process.env.JWT_SECRET }));
  });
});

describe('The jwt service that other people’s code calls', () => {
  const jwt = () =>
    server.strapi.plugin('users-permissions').service('jwt') as {
      issue(payload: object, options?: object): string;
      verify(token: string): Promise<Record<string, unknown>>;
    };

  it('issues, synchronously, a token of the same lifetime that is tied to no session', async () => {
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
    const { user, device } = await somebody();

    await expect(jwt().verify(device.accessToken)).resolves.toMatchObject({ id: user.id });

    await server.strapi.db.connection('up_sessions').where({ user_id: user.id }).delete();
    await expect(jwt().verify(device.accessToken)).rejects.toThrow();
  });

  it('still refuses a blocked user', async () => {
    const user = await createUser(server, { blocked: true });

    await expectRefused(jwt().issue({ id: user.id }));
  });
});

describe('An API token of Strapi', () => {
  it('still works, beside access tokens', async () => {
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
