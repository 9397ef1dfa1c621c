import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { testDatabase } from '../../tests/helpers/databases';
import { bearer, createUser, COOKIE_TRANSPORT, type TestUser } from '../../tests/helpers/users';
import type { TestServer } from '../../tests/helpers/server';

/** A server under comparison: Strapi's own refresh mode, or this project. */
export interface ComparedServer extends Omit<TestServer, 'clock'> {
  /** The table of its sessions. */
  readonly table: string;
  /** Moves the clock past the leeway. Strapi's own mode has none. */
  waitForLeeway(): void;
}

/** One claim of the README about both servers. */
export interface Experiment {
  /** Names the measured status or count. */
  readonly title: string;
  /** Resolves to the HTTP status or the count. */
  run(server: ComparedServer): Promise<number>;
  /** The expected result in Strapi's own mode; null where it depends on the database and on timing. */
  readonly strapi: number | null;
  /** The expected result in this project. */
  readonly project: number;
}

const PARALLEL_REFRESHES = 10;
const REFRESHES = 20;
const REFUSED = 401;

/** The tokens of one login. Both servers send the refresh token in the body. */
interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const pairOf = ({ body }: Response): TokenPair => ({
  accessToken: body.jwt,
  refreshToken: body.refreshToken,
});

const logIn = async (
  server: ComparedServer,
  { username, password }: TestUser,
): Promise<TokenPair> =>
  pairOf(
    await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: username, password })
      .expect(200),
  );

const logInNewUser = async (server: ComparedServer) => {
  const user = await createUser(server);
  return { user, pair: await logIn(server, user) };
};

const refresh = (server: ComparedServer, { refreshToken }: TokenPair) =>
  server.request().post('/api/auth/refresh').send({ refreshToken });

const fetchOwnAccount = (server: ComparedServer, pair: TokenPair) =>
  server.request().get('/api/users/me').set(bearer(pair));

const post = (server: ComparedServer, path: string, pair: TokenPair) =>
  server.request().post(path).set(bearer(pair));

const statusOf = async (request: PromiseLike<Response>): Promise<number> => (await request).status;

const countRows = async ({ strapi, table }: ComparedServer): Promise<number> => {
  const rows = await strapi.db.connection(table).count({ count: '*' });
  return Number(rows[0]?.count);
};

const refreshInParallel = async (server: ComparedServer): Promise<Response[]> => {
  const { pair } = await logInNewUser(server);
  return Promise.all(Array.from({ length: PARALLEL_REFRESHES }, () => refresh(server, pair)));
};

const users = ({ strapi }: ComparedServer) => strapi.db.query('plugin::users-permissions.user');

export const EXPERIMENTS: readonly Experiment[] = [
  {
    title: `different refresh tokens from ${PARALLEL_REFRESHES} parallel refreshes of one token`,
    async run(server) {
      const responses = await refreshInParallel(server);
      return new Set(responses.flatMap(({ body }) => body.refreshToken ?? [])).size;
    },
    strapi: null,
    project: 1,
  },
  {
    title: `responses with 200 to ${PARALLEL_REFRESHES} parallel refreshes of one token`,
    async run(server) {
      const responses = await refreshInParallel(server);
      return responses.filter(({ status }) => status === 200).length;
    },
    strapi: null,
    project: PARALLEL_REFRESHES,
  },
  {
    title: 'refresh with the previous token, at once (a lost response, a second tab)',
    async run(server) {
      const { pair } = await logInNewUser(server);
      await refresh(server, pair).expect(200);
      return statusOf(refresh(server, pair));
    },
    strapi: 401,
    project: 200,
  },
  {
    title: 'refresh with the newest token, after its predecessor was reused',
    async run(server) {
      const { pair } = await logInNewUser(server);
      const newest = pairOf(await refresh(server, pair).expect(200));
      server.waitForLeeway();
      await refresh(server, pair).expect(REFUSED);
      return statusOf(refresh(server, newest));
    },
    strapi: 200,
    project: 401,
  },
  {
    title: 'request with an access token, after logout',
    async run(server) {
      const { pair } = await logInNewUser(server);
      await post(server, '/api/auth/logout', pair).send({}).expect(200);
      return statusOf(fetchOwnAccount(server, pair));
    },
    strapi: 200,
    project: 401,
  },
  {
    title: 'request with an access token, after a password change on another device',
    async run(server) {
      const { user, pair } = await logInNewUser(server);
      const other = await logIn(server, user);
      const password = 'battery-staple';
      await post(server, '/api/auth/change-password', pair)
        .send({ currentPassword: user.password, password, passwordConfirmation: password })
        .expect(200);
      return statusOf(fetchOwnAccount(server, other));
    },
    strapi: 200,
    project: 401,
  },
  {
    title: 'refresh by a blocked user',
    async run(server) {
      const { user, pair } = await logInNewUser(server);
      await users(server).update({ where: { id: user.id }, data: { blocked: true } });
      return statusOf(refresh(server, pair));
    },
    strapi: 200,
    project: 401,
  },
  {
    title: 'refresh by a deleted user',
    async run(server) {
      const { user, pair } = await logInNewUser(server);
      await users(server).delete({ where: { id: user.id } });
      return statusOf(refresh(server, pair));
    },
    strapi: 200,
    project: 401,
  },
  {
    title: 'refresh with a stale Authorization header',
    async run(server) {
      const { pair } = await logInNewUser(server);
      return statusOf(refresh(server, pair).set('Authorization', 'Bearer stale'));
    },
    strapi: 401,
    project: 200,
  },
  {
    title: `rows of one login after ${REFRESHES} refreshes`,
    async run(server) {
      const before = await countRows(server);
      let { pair } = await logInNewUser(server);
      for (let count = 0; count < REFRESHES; count += 1) {
        pair = pairOf(await refresh(server, pair).expect(200));
      }
      return (await countRows(server)) - before;
    },
    strapi: REFRESHES + 1,
    project: 1,
  },
  {
    title: 'SQL statements of a refresh',
    async run(server) {
      const { pair } = await logInNewUser(server);
      return (await server.statements(() => refresh(server, pair).expect(200))).length;
    },
    strapi: 12,
    // MySQL and MariaDB have no `UPDATE … RETURNING`.
    project: testDatabase === 'mysql' ? 2 : 1,
  },
  {
    title: 'refresh tokens in the body of a register that asks for a cookie',
    async run(server) {
      const username = `user-${randomUUID()}`;
      const { body } = await server
        .request()
        .post('/api/auth/local/register')
        .set(COOKIE_TRANSPORT)
        .send({ username, email: `${username}@example.com`, password: 'correct-horse' })
        .expect(200);
      return 'refreshToken' in body ? 1 : 0;
    },
    strapi: 1,
    project: 0,
  },
];

/** Runs on a server in production mode, behind a TLS proxy that the server does not know of. */
export const PRODUCTION_EXPERIMENT: Experiment = {
  title: 'login that asks for a cookie, in production behind an unknown TLS proxy',
  async run(server) {
    const { username, password } = await createUser(server);
    return statusOf(
      server
        .request()
        .post('/api/auth/local')
        .set(COOKIE_TRANSPORT)
        .send({ identifier: username, password }),
    );
  },
  strapi: 500,
  project: 200,
};
