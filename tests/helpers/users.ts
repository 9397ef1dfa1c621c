import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import type { TestServer } from './server';

type Server = Pick<TestServer, 'strapi' | 'request'>;

/** A user with their password. */
export interface TestUser {
  readonly id: number;
  readonly documentId: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** The tokens of one device after a login or a refresh. */
export interface ClientTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The `Cookie` header of a browser that holds the refresh token. */
  readonly cookie: string;
}

/** Returns the claims of a token without verifying it. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;

/** Returns the `Set-Cookie` headers of a response. */
export const setCookieHeadersOf = (response: Response): string[] =>
  (response.headers['set-cookie'] as unknown as string[] | undefined) ?? [];

/** Returns the `Cookie` header that a browser would send after this response. */
export const cookieOf = (response: Response): string =>
  setCookieHeadersOf(response)
    .map((header) => header.split(';')[0])
    .join('; ');

/** Returns the refresh token of a `Cookie` header. */
const tokenInCookie = (cookie: string): string =>
  /(?:^|; )refreshToken=([^;]*)/.exec(cookie)?.[1] ?? '';

/** Returns the tokens that a client holds after this response. */
export const tokensFrom = (response: Response): ClientTokens => {
  const cookie = cookieOf(response);
  const { jwt, refreshToken } = response.body as { jwt: string; refreshToken?: string };
  return { accessToken: jwt, refreshToken: refreshToken ?? tokenInCookie(cookie), cookie };
};

/** The password of users that `createUser` creates. */
export const PASSWORD = 'correct-horse';

/** Creates a user in the database. */
export const createUser = async (
  { strapi }: Pick<Server, 'strapi'>,
  overrides: Record<string, unknown> = {},
): Promise<TestUser> => {
  const name = `user-${randomUUID()}`;
  const account = { username: name, email: `${name}@example.com`, password: PASSWORD };
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });
  const user = await strapi.documents('plugin::users-permissions.user').create({
    data: { ...account, provider: 'local', confirmed: true, role: role?.id, ...overrides },
  });
  return { ...account, id: Number(user.id), documentId: user.documentId };
};

/** Logs a user in, as a browser does unless the headers override that. */
export const login = async (
  server: Server,
  { username, password }: Pick<TestUser, 'username' | 'password'>,
  headers: Record<string, string> = {},
): Promise<ClientTokens> =>
  tokensFrom(
    await server
      .request()
      .post('/api/auth/local')
      .set(headers)
      .send({ identifier: username, password })
      .expect(200),
  );

/** Refreshes with a cookie. */
export const refresh = (server: Server, { cookie }: Pick<ClientTokens, 'cookie'>) =>
  server.request().post('/api/token/refresh').set('Cookie', cookie);

/** Refreshes with a token in the body. */
export const refreshByBody = (server: Server, refreshToken: unknown) =>
  server.request().post('/api/token/refresh').send({ refreshToken });

/** Requests a route for logged-in users with an access token. */
export const fetchOwnAccount = (
  server: Server,
  { accessToken }: Pick<ClientTokens, 'accessToken'>,
) => server.request().get('/api/users/me').set(bearer({ accessToken }));

/** Returns the stored sessions of a user, oldest first. */
export const storedSessions = async (
  { strapi }: Pick<Server, 'strapi'>,
  { id }: Pick<TestUser, 'id'>,
) =>
  strapi.db
    .query('plugin::users-permissions.session')
    .findMany({ where: { userId: id }, orderBy: { id: 'asc' } });

/** Returns the header of a request with an access token. */
export const bearer = ({ accessToken }: Pick<ClientTokens, 'accessToken'>) => ({
  Authorization: `Bearer ${accessToken}`,
});

/** Headers that ask for the refresh token in the body, or in a cookie. */
export const BODY_TRANSPORT = { 'x-strapi-refresh-cookie': 'none' };
export const COOKIE_TRANSPORT = { 'x-strapi-refresh-cookie': 'httpOnly' };

/** Changes a user with knex, so that no lifecycle hook runs. */
export const updateUserWithoutHooks = async (
  { strapi }: Pick<Server, 'strapi'>,
  { id }: Pick<TestUser, 'id'>,
  changes: Record<string, unknown>,
): Promise<void> => {
  await strapi.db.connection('up_users').where({ id }).update(changes);
};
