import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** A permission that the first boot grants to logged-in users. */
const CHANGE_PASSWORD = 'plugin::users-permissions.auth.changePassword';

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
      const { count } = await first.strapi.db
        .query('plugin::users-permissions.permission')
        .deleteMany({ where: { action: CHANGE_PASSWORD } });
      expect(count).toBeGreaterThan(0);
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
    const caller = await login(second, await createUser(second));

    const response = await second
      .request()
      .post('/api/auth/change-password')
      .set(bearer(caller))
      .send({ currentPassword: 'correct-horse', password: 'another-horse' });

    expect(response.body).toEqual(refusal(403));
    expect(response.status).toBe(403);
  });
});
