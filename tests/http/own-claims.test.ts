import { createRequire } from 'node:module';
import type { Core } from '@strapi/strapi';
import type * as StrapiUtils from '@strapi/utils';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccessTokenClaims } from '../../src/extensions/users-permissions/refresh-tokens/strapi/access-token-claims';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { INTERNAL_SERVER_ERROR } from '../helpers/responses';
import { useServer } from '../helpers/suite';
import {
  claimsOf,
  createUser,
  fetchOwnAccount,
  login,
  refresh,
  setCookieHeadersOf,
  storedSessions,
  tokensFrom,
} from '../helpers/users';

const { errors } = createRequire(import.meta.url)('@strapi/utils') as typeof StrapiUtils;

/** The project's function is a property of Strapi, so that a test can replace it. */
const server = useServer(
  {},
  compiledCopyWith({
    'src/extensions/users-permissions/strapi-server.js': `
      const { refreshTokens } = require('./refresh-tokens');
      module.exports = (plugin) =>
        refreshTokens(plugin, {
          accessTokenClaims: (context) => context.strapi.claimsOfProject?.(context) ?? {},
        });`,
  }),
);

const setClaims = (claims: AccessTokenClaims): void => {
  (server.strapi as Core.Strapi & { claimsOfProject: AccessTokenClaims }).claimsOfProject = claims;
};

/** The role, from the database. */
const roleOf: AccessTokenClaims = async ({ strapi, userId }) => {
  const user = await strapi.db
    .query('plugin::users-permissions.user')
    .findOne({ where: { id: userId }, populate: ['role'] });
  return { role: user?.role?.type };
};

beforeAll(() => setClaims(roleOf));
afterEach(() => setClaims(roleOf));

describe('accessTokenClaims of a project', () => {
  it('are in the access token of a login, and as they are now in that of a refresh', async () => {
    const user = await createUser(server);
    const device = await login(server, user);
    expect(claimsOf(device.accessToken)).toMatchObject({ role: 'authenticated' });
    const publicRole = await server.strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'public' } });
    await server.strapi.documents('plugin::users-permissions.user').update({
      documentId: user.documentId,
      data: { role: publicRole?.id },
    });

    const renewed = tokensFrom(await refresh(server, device).expect(200));

    expect(claimsOf(renewed.accessToken)).toMatchObject({ id: user.id, role: 'public' });
    expect(claimsOf(renewed.refreshToken)).not.toHaveProperty('role');
  });

  const failures: [string, () => never | Record<string, unknown>, RegExp][] = [
    [
      'that throw an error of Strapi',
      () => {
        throw new errors.UnauthorizedError('no tenant');
      },
      /accessTokenClaims threw UnauthorizedError: no tenant/,
    ],
    ['that are reserved', () => ({ exp: 2 ** 40 }), /accessTokenClaims returned reserved claims/],
    ['of 3 kB', () => ({ a: 'x'.repeat(3000) }), /at most 2048 fit/],
  ];

  it.each(failures)(
    '%s: a refresh is a 500 with a line in the log, and its retry succeeds',
    async (_name, fail, message) => {
      const user = await createUser(server);
      const device = await login(server, user);

      await server.expectErrors(message, async () => {
        setClaims(fail);
        const response = await refresh(server, device);
        expect(response.status).toBe(500);
        expect(response.body).toEqual(INTERNAL_SERVER_ERROR);
        // The browser keeps its cookie.
        expect(setCookieHeadersOf(response)).toEqual([]);
      });
      expect(await storedSessions(server, user)).toMatchObject([
        { generation: 0, revokedAt: null },
      ]);

      setClaims(roleOf);
      const renewed = tokensFrom(await refresh(server, device).expect(200));
      await fetchOwnAccount(server, renewed).expect(200);
    },
  );

  it.each(failures)('%s: a login is a 500, and leaves no session', async (_name, fail, message) => {
    const user = await createUser(server);

    await server.expectErrors(message, async () => {
      setClaims(fail);
      const response = await server
        .request()
        .post('/api/auth/local')
        .send({ identifier: user.username, password: user.password });
      expect(response.status).toBe(500);
      expect(response.body).toEqual(INTERNAL_SERVER_ERROR);
      expect(setCookieHeadersOf(response)).toEqual([]);
    });

    expect(await storedSessions(server, user)).toEqual([]);
  });
});
