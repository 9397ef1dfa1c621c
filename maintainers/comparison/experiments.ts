import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { bearer, createUser, COOKIE_TRANSPORT, type TestUser } from '../../tests/helpers/users';
import type { TestServer } from '../../tests/helpers/server';

/** A server that experiments are made on: Strapi's own refresh mode, or this project. */
export interface Subject extends Omit<TestServer, 'clock'> {
  /** The table of sessions. */
  readonly table: string;
  /** Lets the leeway pass; Strapi's own mode has none. */
  waitForLeeway(): void;
}

/** Something that the README says of both. */
export interface Experiment {
  readonly what: string;
  /** Resolves to a status or a count. */
  run(server: Subject): Promise<number>;
  /** What comes out on Strapi's own mode; null where that depends on the database and on chance. */
  readonly theirs: number | null;
  readonly ours: number;
}

const AT_ONCE = 10;
const REFRESHES = 20;
const REFUSED = 401;

/** Somebody logged in; the refresh token is in the body for both. */
interface Device {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const deviceOf = ({ body }: Response): Device => ({
  accessToken: body.jwt,
  refreshToken: body.refreshToken,
});

const logIn = async (server: Subject, { username, password }: TestUser): Promise<Device> =>
  deviceOf(
    await server
      .request()
      .post('/api/auth/local')
      .send({ identifier: username, password })
      .expect(200),
  );

const arrive = async (server: Subject) => {
  const user = await createUser(server);
  return { user, device: await logIn(server, user) };
};

const refresh = (server: Subject, { refreshToken }: Device) =>
  server.request().post('/api/auth/refresh').send({ refreshToken });

const call = (server: Subject, device: Device) =>
  server.request().get('/api/users/me').set(bearer(device));

const post = (server: Subject, path: string, device: Device) =>
  server.request().post(path).set(bearer(device));

const statusOf = async (request: PromiseLike<Response>): Promise<number> => (await request).status;

const countRows = async ({ strapi, table }: Subject): Promise<number> => {
  const rows = await strapi.db.connection(table).count({ count: '*' });
  return Number(rows[0]?.count);
};

const refreshAtOnce = async (server: Subject): Promise<Response[]> => {
  const { device } = await arrive(server);
  return Promise.all(Array.from({ length: AT_ONCE }, () => refresh(server, device)));
};

/** The first to use a token goes on; the second comes late and is refused. Then the first again. */
const goOnAfterReuse = async (server: Subject): Promise<number> => {
  const { device } = await arrive(server);
  const first = deviceOf(await refresh(server, device).expect(200));
  server.waitForLeeway();
  await refresh(server, device).expect(REFUSED);
  return statusOf(refresh(server, first));
};

const users = ({ strapi }: Subject) => strapi.db.query('plugin::users-permissions.user');

export const EXPERIMENTS: readonly Experiment[] = [
  {
    what: `different refresh tokens from ${AT_ONCE} parallel refreshes of one token`,
    async run(server) {
      const answers = await refreshAtOnce(server);
      return new Set(answers.flatMap(({ body }) => body.refreshToken ?? [])).size;
    },
    theirs: null,
    ours: 1,
  },
  {
    what: `callers let in, of ${AT_ONCE} parallel ones`,
    async run(server) {
      const answers = await refreshAtOnce(server);
      return answers.filter(({ status }) => status === 200).length;
    },
    theirs: null,
    ours: AT_ONCE,
  },
  {
    what: 'the token before, at once (a lost answer, a second tab)',
    async run(server) {
      const { device } = await arrive(server);
      await refresh(server, device).expect(200);
      return statusOf(refresh(server, device));
    },
    theirs: 401,
    ours: 200,
  },
  {
    what: 'a token that was used twice: its session goes on',
    run: goOnAfterReuse,
    theirs: 200,
    ours: 401,
  },
  {
    what: 'an access token after logging out',
    async run(server) {
      const { device } = await arrive(server);
      await post(server, '/api/auth/logout', device).send({}).expect(200);
      return statusOf(call(server, device));
    },
    theirs: 200,
    ours: 401,
  },
  {
    what: 'an access token after the password was changed elsewhere',
    async run(server) {
      const { user, device } = await arrive(server);
      const other = await logIn(server, user);
      const password = 'battery-staple';
      await post(server, '/api/auth/change-password', device)
        .send({ currentPassword: user.password, password, passwordConfirmation: password })
        .expect(200);
      return statusOf(call(server, other));
    },
    theirs: 200,
    ours: 401,
  },
  {
    what: 'a blocked user refreshes',
    async run(server) {
      const { user, device } = await arrive(server);
      await users(server).update({ where: { id: user.id }, data: { blocked: true } });
      return statusOf(refresh(server, device));
    },
    theirs: 200,
    ours: 401,
  },
  {
    what: 'a deleted user refreshes',
    async run(server) {
      const { user, device } = await arrive(server);
      await users(server).delete({ where: { id: user.id } });
      return statusOf(refresh(server, device));
    },
    theirs: 200,
    ours: 401,
  },
  {
    what: 'a refresh with a stale Authorization header',
    async run(server) {
      const { device } = await arrive(server);
      return statusOf(refresh(server, device).set('Authorization', 'Bearer stale'));
    },
    theirs: 401,
    ours: 200,
  },
  {
    what: `rows of one login after ${REFRESHES} refreshes`,
    async run(server) {
      const before = await countRows(server);
      let { device } = await arrive(server);
      for (let count = 0; count < REFRESHES; count += 1) {
        device = deviceOf(await refresh(server, device).expect(200));
      }
      return (await countRows(server)) - before;
    },
    theirs: REFRESHES + 1,
    ours: 1,
  },
  {
    what: 'SQL statements of a refresh',
    async run(server) {
      const { device } = await arrive(server);
      return (await server.statements(() => refresh(server, device).expect(200))).length;
    },
    theirs: 12,
    ours: 2,
  },
  {
    what: 'refresh tokens in the body when a register asks for a cookie',
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
    theirs: 1,
    ours: 0,
  },
];

/** As the others, but on a server in production that was not told of the proxy before it. */
export const PRODUCTION_EXPERIMENT: Experiment = {
  what: 'a login in production that asks for a cookie, TLS ending at a proxy',
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
  theirs: 500,
  ours: 200,
};
