import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newDatabase } from '../helpers/databases';
import { earlierTokensOfStrapi } from '../helpers/earlier-tokens';
import { testEnvironment } from '../helpers/environment';
import { forgeToken } from '../helpers/forge';
import { cookiesSetBy, INVALID_REFRESH_TOKEN } from '../helpers/responses';
import { startStockServer } from '../helpers/server';
import { useServer, withServer } from '../helpers/suite';
import {
  claimsOf,
  cookieOf,
  COOKIE_TRANSPORT,
  createUser,
  fetchOwnAccount,
  refreshByBody,
  storedSessions,
  tokensFrom,
  type TestUser,
} from '../helpers/users';

const DAY = 24 * 60 * 60 * 1000;
const UNTIL = new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10);
const JWT_SECRET = randomBytes(32).toString('base64url');
const REFRESH_SECRET = randomBytes(32).toString('base64url');

describe("An app that moves here from Strapi's refresh mode", () => {
  const user = { username: 'moving', email: 'moving@example.com', password: 'correct-horse' };
  const credentials = { identifier: user.username, password: user.password };

  it('keeps its users logged in, by cookie and by body, with a secret that Strapi has generated', async () => {
    const environment = testEnvironment(await newDatabase());
    const jwtSecret = randomBytes(16).toString('base64');
    let browser = '';
    let phone = '';
    const stock = await startStockServer({ ...environment, JWT_SECRET: jwtSecret });
    try {
      const login = () => stock.request().post('/api/auth/local').send(credentials).expect(200);
      await stock.request().post('/api/auth/local/register').send(user).expect(200);
      browser = cookieOf(await login().set(COOKIE_TRANSPORT));
      phone = (await login()).body.refreshToken;
    } finally {
      await stock.stop();
    }
    expect(browser).toMatch(/^strapi_up_refresh=/);

    const moved = {
      ...environment,
      ADOPT_SESSIONS_UNTIL: UNTIL,
      ADOPT_JWT_SECRET: jwtSecret,
      REFRESH_COOKIE_NAME: 'strapi_up_refresh',
    };
    await withServer(moved, async (server) => {
      const byCookie = await server.request().post('/api/auth/refresh').set('Cookie', browser);
      expect(byCookie.status).toBe(200);
      expect(cookiesSetBy(byCookie)).toMatchObject([{ name: 'strapi_up_refresh' }]);
      await fetchOwnAccount(server, tokensFrom(byCookie)).expect(200);

      const byBody = await server.request().post('/api/auth/refresh').send({ refreshToken: phone });
      expect(byBody.status).toBe(200);
      const { body: account } = await fetchOwnAccount(server, tokensFrom(byBody)).expect(200);
      expect(account).toMatchObject({ username: user.username });
      expect(await storedSessions(server, account)).toHaveLength(2);

      // Both cookies until the next response: the new one counts, and the other one is cleared.
      const both = `${browser}; ${cookieOf(byCookie)}`;
      const next = await server.request().post('/api/auth/refresh').set('Cookie', both).expect(200);
      expect(cookiesSetBy(next)).toContainEqual(
        expect.objectContaining({ value: '', attributes: expect.arrayContaining(['Path=/']) }),
      );
    });
  });
});

describe("A refresh token of Strapi's refresh mode", () => {
  const server = useServer({ ADOPT_SESSIONS_UNTIL: UNTIL, JWT_SECRET, REFRESH_SECRET });
  const earlier = earlierTokensOfStrapi(server);

  const expectRefused = async (token: string): Promise<void> => {
    const { body } = await refreshByBody(server, token).expect(401);
    expect(body).toEqual(INVALID_REFRESH_TOKEN);
  };

  const change = (token: string, data: Record<string, unknown>) =>
    server.strapi.db
      .query('admin::session')
      .update({ where: { sessionId: claimsOf(token).sessionId }, data });

  const dead: [string, (token: string) => Promise<unknown>][] = [
    ['was rotated there', (token) => change(token, { status: 'rotated', childId: 'a-child' })],
    ['belongs to the admin panel', (token) => change(token, { origin: 'admin' })],
    ['belongs to another user', (token) => change(token, { userId: '0' })],
    [
      'was idle for too long',
      (token) => change(token, { expiresAt: new Date(server.clock.now()) }),
    ],
    [
      'is past the absolute end',
      (token) => change(token, { absoluteExpiresAt: new Date(server.clock.now()) }),
    ],
    [
      'was logged out there',
      (token) =>
        server.strapi.db
          .query('admin::session')
          .deleteMany({ where: { sessionId: claimsOf(token).sessionId } }),
    ],
  ];

  it.each(dead)('is refused when its row %s', async (_name, end) => {
    const user = await createUser(server);
    const token = await earlier.issue(user);
    await end(token);

    await expectRefused(token);

    expect(await storedSessions(server, user)).toEqual([]);
  });

  it('is not taken from another type of token', async () => {
    const user = await createUser(server);
    const claims = claimsOf(await earlier.issue(user));

    await expectRefused(forgeToken({ payload: { ...claims, type: 'access' }, secret: JWT_SECRET }));
  });

  it('gives its session no later absolute end', async () => {
    const user = await createUser(server);
    const token = await earlier.issue(user);
    const end = server.clock.now() + DAY;
    await change(token, { absoluteExpiresAt: new Date(end) });

    await refreshByBody(server, token).expect(200);

    const [session] = await storedSessions(server, user);
    expect(Number(session?.absoluteExpiresAt)).toBe(end);
  });

  it('is dead in Strapi, too, once it was exchanged', async () => {
    const token = await earlier.issue(await createUser(server));

    await refreshByBody(server, token).expect(200);

    expect(
      await server.strapi.sessionManager('users-permissions').validateRefreshToken(token),
    ).toEqual({ isValid: false });
  });

  it.each([
    ['of the tutorial', ({ id }: TestUser) => ({ id })],
    [
      "of Strapi's refresh mode",
      ({ id }: TestUser) => ({ userId: `${id}`, sessionId: 'a'.repeat(32), type: 'access' }),
    ],
  ])('is not an access token %s, which is refused everywhere', async (_name, claimsFor) => {
    const iat = Math.floor(server.clock.now() / 1000);
    const payload = { ...claimsFor(await createUser(server)), iat, exp: iat + 600 };
    const accessToken = forgeToken({ payload, secret: JWT_SECRET });

    await fetchOwnAccount(server, { accessToken }).expect(401);
    await expectRefused(accessToken);
  });
});
