import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MISSING_TABLE, withoutTable } from '../helpers/faults';
import { forgeToken } from '../helpers/forge';
import { withoutPublicPermission } from '../helpers/permissions';
import { INTERNAL_SERVER_ERROR, refusal } from '../helpers/responses';
import { useServer } from '../helpers/suite';
import {
  bearer,
  claimsOf,
  createUser,
  fetchOwnAccount,
  login,
  type TestUser,
} from '../helpers/users';

const server = useServer();

let user: TestUser;
beforeAll(async () => {
  user = await createUser(server);
});

const newAccount = () => {
  const username = `new-user-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: 'correct-horse' };
};
const newPassword = { password: 'another-horse', passwordConfirmation: 'another-horse' };

const post = (path: string, body: object) => server.request().post(path).send(body);
const get = (path: string) => server.request().get(path);

/** The routes by which one logs in, each with the status of a request without a header. */
const ROUTES: [string, number, () => ReturnType<typeof get>][] = [
  [
    'login',
    200,
    () => post('/api/auth/local', { identifier: user.username, password: user.password }),
  ],
  ['register', 200, () => post('/api/auth/local/register', newAccount())],
  [
    'forgot-password',
    200,
    () => post('/api/auth/forgot-password', { email: 'nobody@example.com' }),
  ],
  [
    'reset-password',
    400,
    () => post('/api/auth/reset-password', { code: randomUUID(), ...newPassword }),
  ],
  ['email-confirmation', 400, () => get('/api/auth/email-confirmation?confirmation=unknown')],
  [
    'send-email-confirmation',
    200,
    () => post('/api/auth/send-email-confirmation', { email: 'nobody@example.com' }),
  ],
  ['connect', 400, () => get('/api/connect/github')],
  ['callback', 400, () => get('/api/auth/github/callback')],
];

const createApiToken = async (): Promise<string> => {
  const { accessKey } = await server.strapi.service('admin::api-token').create({
    name: randomUUID(),
    description: '',
    type: 'custom',
    lifespan: null,
    permissions: ['plugin::users-permissions.user.me'],
  });
  return accessKey;
};

/** `Authorization` headers that a request without a login may still carry. */
const HEADERS: [string, () => Promise<string> | string][] = [
  ['garbage', () => 'Bearer garbage'],
  ['another scheme', () => 'Basic dXNlcjpwYXNz'],
  [
    'a token of another server',
    () =>
      `Bearer ${forgeToken({ payload: { id: user.id, type: 'access' }, secret: 'x'.repeat(32) })}`,
  ],
  [
    'a token of an ended session',
    async () => {
      const session = await login(server, user);
      await server.request().post('/api/auth/logout').set(bearer(session)).expect(200);
      return `Bearer ${session.accessToken}`;
    },
  ],
  [
    'an expired token',
    async () => {
      const claims = claimsOf((await login(server, user)).accessToken);
      const payload = { ...claims, exp: Number(claims.iat) - 1 };
      return `Bearer ${forgeToken({ payload, secret: process.env.JWT_SECRET })}`;
    },
  ],
  ['a valid token', async () => `Bearer ${(await login(server, user)).accessToken}`],
  ['an API token that may not log in', async () => `Bearer ${await createApiToken()}`],
];

describe.each(ROUTES)('The route %s', (_name, status, send) => {
  it.each(HEADERS)('ignores an Authorization header with %s', async (_header, create) => {
    const response = await send().set('Authorization', await create());

    expect(response.status).toBe(status);
  });

  it('gets a 500, not a 401, while the database fails', async () => {
    await server.expectErrors(MISSING_TABLE, () =>
      withoutTable(server, 'up_permissions', async () => {
        expect((await send()).body).toEqual(INTERNAL_SERVER_ERROR);
      }),
    );
  });
});

describe.each(['login', 'register', 'forgot-password', 'reset-password'])(
  'The action of %s',
  (name) => {
    it('gets a 500 while the table of users fails', async () => {
      const send = ROUTES.find(([route]) => route === name)?.[2];

      await server.expectErrors(MISSING_TABLE, () =>
        withoutTable(server, 'up_users', async () => {
          expect((await send?.())?.body).toEqual(INTERNAL_SERVER_ERROR);
        }),
      );
    });
  },
);

describe('A login with a bad Authorization header', () => {
  it('still needs the permission of the Public role', async () => {
    await withoutPublicPermission(server, 'plugin::users-permissions.auth.callback', async () => {
      const session = await login(server, user).catch(() => null);
      expect(session).toBeNull();
      const response = await post('/api/auth/local', {
        identifier: user.username,
        password: user.password,
      }).set('Authorization', 'Bearer garbage');

      expect(response.body).toEqual(refusal(403));
    });
  });
});

describe('Everywhere else a bad Authorization header', () => {
  it('is refused', async () => {
    const response = await fetchOwnAccount(server, { accessToken: 'garbage' });

    expect(response.body).toEqual(refusal(401));
    await post('/api/auth/change-password', newPassword)
      .set(bearer({ accessToken: 'garbage' }))
      .expect(401);
  });

  it('gets a 500, not a 401, where the public may not be asked about', async () => {
    await server.expectErrors(MISSING_TABLE, () =>
      withoutTable(server, 'up_permissions', async () => {
        expect((await get('/api/users')).body).toEqual(INTERNAL_SERVER_ERROR);
      }),
    );
  });
});
