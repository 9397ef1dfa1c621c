import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantOnce } from '../../src/extensions/users-permissions/refresh-tokens/strapi/grant-once';
import { refusal } from '../helpers/responses';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  bearer,
  createUser,
  tokensFrom,
  login,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { startServer, type TestServer } from '../helpers/server';
import { stopWithoutErrors, withServer } from '../helpers/suite';

/** A permission that a project grants to logged-in users at each boot. */
const COUNT_USERS = {
  key: 'count-users',
  role: 'authenticated',
  actions: ['plugin::users-permissions.user.count'],
};

const countUsers = async (server: TestServer) =>
  server
    .request()
    .get('/api/users/count')
    .set(bearer(await login(server, await createUser(server))));

/** Returns all routes of the server as `METHOD /path`. */
const routesOf = ({ strapi }: TestServer): string[] =>
  strapi.server
    .listRoutes()
    .flatMap(({ methods, path }) => methods.map((method: string) => `${method} ${path}`))
    .sort();

/** Returns the names of all cron tasks of the server. */
const tasksOf = ({ strapi }: TestServer): (string | null)[] =>
  strapi.cron.jobs.map(({ name }) => name);

/** Logs a new user in. Returns the number of stored sessions, and of SQL statements per request. */
const costsOfLogin = async (server: TestServer) => {
  const user = await createUser(server);
  const device = await login(server, user);
  const ownAccount = await server.statements(() => fetchOwnAccount(server, device).expect(200));
  const refreshing = await server.statements(() => refresh(server, device).expect(200));
  return {
    sessions: (await storedSessions(server, user)).length,
    ownAccountStatements: ownAccount.length,
    refreshStatements: refreshing.length,
  };
};

describe('A second boot in the same process', () => {
  let user: TestUser;
  let device: ClientTokens;
  let routesBefore: string[];
  let tasksBefore: (string | null)[];
  let costsBefore: Awaited<ReturnType<typeof costsOfLogin>>;
  let second: TestServer;

  beforeAll(async () => {
    const environment = testEnvironment(await newDatabase());
    await withServer(environment, async (first) => {
      user = await createUser(first);
      device = await login(first, user);
      routesBefore = routesOf(first);
      tasksBefore = tasksOf(first);
      costsBefore = await costsOfLogin(first);
      await grantOnce(first.strapi, COUNT_USERS);
      expect((await countUsers(first)).status).toBe(200);
      const { count } = await first.strapi.db
        .query('plugin::users-permissions.permission')
        .deleteMany({ where: { action: COUNT_USERS.actions[0] } });
      expect(count).toBe(1);
    });
    second = await startServer(environment);
  });
  afterAll(() => stopWithoutErrors(second));

  it('registers the same routes, and each of ours once', () => {
    const routes = routesOf(second);

    expect(routes).toEqual(routesBefore);
    for (const path of ['/api/token/refresh', '/api/auth/refresh', '/api/auth/logout']) {
      expect(routes.filter((route) => route === `POST ${path}`)).toHaveLength(1);
    }
  });

  it('schedules the same cron tasks, and each once', () => {
    const tasks = tasksOf(second);

    expect(tasks).toEqual(tasksBefore);
    expect(tasks).toEqual(expect.arrayContaining(['purgeSessions']));
    expect(new Set(tasks).size).toBe(tasks.length);
  });

  it('stores one session for one login, and executes no more statements than the first', async () => {
    const costs = await costsOfLogin(second);

    expect(costs).toEqual({ ...costsBefore, sessions: 1 });
  });

  it('accepts the tokens that the first one issued', async () => {
    await fetchOwnAccount(second, device).expect(200);
    const renewed = tokensFrom(await refresh(second, device).expect(200));

    await fetchOwnAccount(second, renewed).expect(200);
  });

  it('does not grant a permission again that an administrator has removed', async () => {
    await grantOnce(second.strapi, COUNT_USERS);

    expect((await countUsers(second)).body).toEqual(refusal(403));
  });
});
