import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** Returns the value of a cookie that a response sets. */
const cookieOf = ({ cookies }, name) => {
  const pair = cookies.find((one) => one.startsWith(`${name}=`));
  assert.ok(pair, `the response sets no cookie ${name}`);
  return pair.slice(name.length + 1);
};

/** Checks that a route of the app responds as before. */
const expectResponse = ({ status, body }, expected) => {
  assert.equal(status, 200, JSON.stringify(body));
  for (const [name, value] of Object.entries(expected)) assert.equal(body[name], value);
};

/**
 * The apps by name.
 *
 * - `packages`, `variables` what it has beside those of `create-strapi-app`
 * - `permissions` actions by role, as `plugin.controller.action`
 * - `refreshTokenOf(login, call)` the refresh token of a login, before the app has the extension
 * - `cookieName` of the refresh cookie, before and after
 * - `useOwnRoute(call, token)` uses the route that the app has added
 * - `getBlocked(call, token)` makes the app block the user
 */
export const APPS = {
  typescript: {
    packages: {},
    variables: { DATABASE_FILENAME: '.tmp/data.db' },
    permissions: {
      authenticated: [
        'api::note.note.find',
        'api::note.note.create',
        'plugin::users-permissions.user.profile',
      ],
    },
    refreshTokenOf: async (login) => cookieOf(login, 'strapi_up_refresh'),
    cookieName: 'strapi_up_refresh',
    useOwnRoute: async (call, token) =>
      expectResponse(await call('GET', '/api/users/me/profile', { token }), {
        username: 'linus',
        notes: 0,
      }),
    getBlocked: (call, token) =>
      call('POST', '/api/notes', {
        token,
        body: { data: { title: 'Win', text: 'Visit our casino' } },
      }),
  },

  javascript: {
    packages: { jsonwebtoken: '^9.0.0', lodash: '^4.17.21', '@strapi/utils': '5.54.0' },
    variables: {
      DATABASE_FILENAME: '.tmp/data.db',
      REFRESH_SECRET: randomBytes(32).toString('base64'),
      REFRESH_TOKEN_EXPIRES: '2d',
      JWT_SECRET_EXPIRES: '360s',
    },
    permissions: {
      public: ['plugin::users-permissions.auth.refreshToken'],
      authenticated: [
        'api::note.note.find',
        'api::note.note.create',
        'plugin::users-permissions.user.changeEmail',
      ],
    },
    refreshTokenOf: async (login, call) => {
      const body = { refreshToken: cookieOf(login, 'refreshToken') };
      const refreshed = await call('POST', '/api/token/refresh', { body });
      assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
      return refreshed.body.refreshToken;
    },
    cookieName: 'refreshToken',
    useOwnRoute: async (call, token) => {
      const body = { email: 'linus@example.org' };
      expectResponse(await call('PUT', '/api/users/me/email', { token, body }), body);
    },
    getBlocked: (call, token) =>
      call('PUT', '/api/users/me/email', { token, body: { email: 'linus@trash.example' } }),
  },
};
