import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import type { TestServer } from './server';

/** What is needed of a server to act as a person. */
type Server = Pick<TestServer, 'strapi' | 'request'>;

/** Somebody with an account. */
export interface TestUser {
  readonly id: number;
  readonly documentId: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** Somebody who is logged in on one device. */
export interface ClientTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The `Cookie` header of a browser that holds the refresh token. */
  readonly cookie: string;
}

/** The claims of a token, unverified. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;

/** The `Set-Cookie` headers of an answer. */
export const setCookies = (response: Response): string[] =>
  (response.headers['set-cookie'] as unknown as string[] | undefined) ?? [];

/** The `Cookie` header that a browser would send after this answer. */
export const cookieOf = (response: Response): string =>
  setCookies(response)
    .map((line) => line.split(';')[0])
    .join('; ');

/** The refresh token in a `Cookie` header. */
export const tokenInCookie = (cookie: string): string =>
  /(?:^|; )refreshToken=([^;]*)/.exec(cookie)?.[1] ?? '';

/** What an answer with tokens leaves a client with. */
export const tokensFrom = (response: Response): ClientTokens => {
  const cookie = cookieOf(response);
  const { jwt, refreshToken } = response.body as { jwt: string; refreshToken?: string };
  return { accessToken: jwt, refreshToken: refreshToken ?? tokenInCookie(cookie), cookie };
};

/** Creates an account, straight in the database. */
export const createUser = async (
  { strapi }: Pick<Server, 'strapi'>,
  overrides: Record<string, unknown> = {},
): Promise<TestUser> => {
  const name = `person-${randomUUID()}`;
  const person = { username: name, email: `${name}@example.com`, password: 'correct-horse' };
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });
  const user = await strapi.documents('plugin::users-permissions.user').create({
    data: { ...person, provider: 'local', confirmed: true, role: role?.id, ...overrides },
  });
  return { ...person, id: Number(user.id), documentId: user.documentId };
};

/** Logs in as a person would, in a browser unless told otherwise. */
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

/** Refreshes with the cookie of a browser. */
export const refresh = (server: Server, { cookie }: Pick<ClientTokens, 'cookie'>) =>
  server.request().post('/api/token/refresh').set('Cookie', cookie);

/** Refreshes with a token in the body. */
export const refreshByBody = (server: Server, refreshToken: unknown) =>
  server.request().post('/api/token/refresh').send({ refreshToken });

/** Calls a protected route with an access token. */
export const fetchOwnAccount = (server: Server, { accessToken }: Pick<ClientTokens, 'accessToken'>) =>
  server.request().get('/api/users/me').set(bearer({ accessToken }));

/** The stored sessions of a person, oldest first. */
export const storedSessions = async (
  { strapi }: Pick<Server, 'strapi'>,
  { id }: Pick<TestUser, 'id'>,
) =>
  strapi.db
    .query('plugin::users-permissions.session')
    .findMany({ where: { userId: id }, orderBy: { id: 'asc' } });

/** The headers of a client that holds an access token. */
export const bearer = ({ accessToken }: Pick<ClientTokens, 'accessToken'>) => ({
  Authorization: `Bearer ${accessToken}`,
});

/** Headers that ask for the refresh token in the body, or in a cookie. */
export const BODY_TRANSPORT = { 'x-strapi-refresh-cookie': 'none' };
export const COOKIE_TRANSPORT = { 'x-strapi-refresh-cookie': 'httpOnly' };

/** Changes an account in the database alone, so that the application hears nothing of it. */
export const updateUserWithoutHooks = async (
  { strapi }: Pick<Server, 'strapi'>,
  { id }: Pick<TestUser, 'id'>,
  changes: Record<string, unknown>,
): Promise<void> => {
  await strapi.db.connection('up_users').where({ id }).update(changes);
};
