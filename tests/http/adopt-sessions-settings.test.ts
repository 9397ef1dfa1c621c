import { randomBytes } from 'node:crypto';
import type { Core } from '@strapi/strapi';
import { afterEach, describe, expect, it } from 'vitest';
import { compiledCopyWith } from '../helpers/compiled-copy';
import { earlierTokensOfStrapi, earlierTokensOfTutorial } from '../helpers/earlier-tokens';
import { INVALID_REFRESH_TOKEN } from '../helpers/responses';
import { useServer, withServer } from '../helpers/suite';
import { claimsOf, createUser, refreshByBody, storedSessions } from '../helpers/users';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

const REFRESH_SECRET = randomBytes(32).toString('base64url');
const UNTIL = new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10);

describe('ADOPT_SESSIONS_UNTIL', () => {
  it.each([
    ['is not set', {}, undefined],
    ['is over', { ADOPT_SESSIONS_UNTIL: '2026-01-31' }, 'warn: ADOPT_SESSIONS_UNTIL is over.'],
  ])('that %s leaves earlier tokens refused', async (_name, variables, line) => {
    await withServer({ ...variables, REFRESH_SECRET }, async (server) => {
      const user = await createUser(server);
      for (const earlier of [
        earlierTokensOfStrapi(server),
        earlierTokensOfTutorial(server, REFRESH_SECRET),
      ]) {
        const { body } = await refreshByBody(server, await earlier.issue(user)).expect(401);
        expect(body).toEqual(INVALID_REFRESH_TOKEN);
      }
      expect(await storedSessions(server, user)).toEqual([]);
      const announced = server.log.filter((entry) =>
        /ADOPT_SESSIONS_UNTIL|Earlier refresh tokens/.test(entry),
      );
      expect(announced).toEqual(line ? [expect.stringContaining(line)] : []);
    });
  });

  it('exchanges earlier tokens until the day begins, and says so at boot', async () => {
    await withServer({ ADOPT_SESSIONS_UNTIL: UNTIL, REFRESH_SECRET }, async (server) => {
      const user = await createUser(server);
      const earlier = earlierTokensOfTutorial(server, REFRESH_SECRET);
      expect(server.log.join('\n')).toContain(
        `info: Earlier refresh tokens are exchanged until ${UNTIL}T00:00:00.000Z`,
      );

      server.clock.advance(Date.parse(UNTIL) - server.clock.now() - 1);
      const inTime = await refreshByBody(server, await earlier.issue(user)).expect(200);
      server.clock.advance(1);
      await refreshByBody(server, await earlier.issue(user)).expect(401);

      // What was exchanged goes on.
      await refreshByBody(server, inTime.body.refreshToken).expect(200);
    });
  });

  it('counts the refreshes with an earlier token by its session', async () => {
    const variables = {
      ADOPT_SESSIONS_UNTIL: UNTIL,
      REFRESH_SECRET,
      REFRESH_RATE_LIMIT_MAX: '2',
    };
    await withServer(variables, async (server) => {
      const user = await createUser(server);
      const earlier = earlierTokensOfTutorial(server, REFRESH_SECRET);
      const token = await earlier.issue(user);

      await refreshByBody(server, token).expect(200);
      await refreshByBody(server, token).expect(200);
      await refreshByBody(server, token).expect(429);

      await refreshByBody(server, await earlier.issue(user)).expect(200);
    });
  });
});

describe('An earlier token, while accessTokenClaims of the project fail', () => {
  const server = useServer(
    { ADOPT_SESSIONS_UNTIL: UNTIL, REFRESH_SECRET },
    compiledCopyWith({
      'src/extensions/users-permissions/strapi-server.js': `
        const { refreshTokens } = require('./refresh-tokens');
        module.exports = (plugin) =>
          refreshTokens(plugin, { accessTokenClaims: ({ strapi }) => strapi.claimsOfProject ?? {} });`,
    }),
  );
  const setClaims = (claims: object): void => {
    (server.strapi as Core.Strapi & { claimsOfProject: object }).claimsOfProject = claims;
  };

  afterEach(() => setClaims({}));

  it('stays unused, and is exchanged later', async () => {
    const user = await createUser(server);
    const token = await earlierTokensOfTutorial(server, REFRESH_SECRET).issue(user);

    setClaims({ exp: 1 });
    await server.expectErrors(/accessTokenClaims returned reserved claims/, () =>
      refreshByBody(server, token).expect(500),
    );
    expect(await storedSessions(server, user)).toEqual([]);

    server.clock.advance(60 * SECOND);
    setClaims({ tenant: 'acme' });
    const { body } = await refreshByBody(server, token).expect(200);
    expect(claimsOf(body.jwt)).toMatchObject({ id: user.id, tenant: 'acme' });
  });
});
