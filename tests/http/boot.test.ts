import { beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../helpers/answers';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  bearer,
  createPerson,
  loggedInBy,
  login,
  refresh,
  storedSessions,
  whoAmI,
  type LoggedIn,
  type Person,
} from '../helpers/people';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

const PERMISSION = 'plugin::users-permissions.permission';

/** Every route that there is, as `METHOD /path`. */
const routesOf = ({ strapi }: TestServer): string[] =>
  strapi.server
    .listRoutes()
    .flatMap(({ methods, path }) => methods.map((method: string) => `${method} ${path}`))
    .sort();

let environment: Record<string, string>;
let person: Person;

beforeEach(async () => {
  environment = testEnvironment(await newDatabase());
  await withServer(environment, async (server) => {
    person = await createPerson(server);
  });
});

describe('A second boot in the same process', () => {
  it('has the same routes, each of ours once', async () => {
    const boots: string[][] = [];
    for (let boot = 0; boot < 2; boot += 1) {
      await withServer(environment, async (server) => {
        boots.push(routesOf(server));
      });
    }

    expect(boots[1]).toEqual(boots[0]);
    for (const path of ['/api/token/refresh', '/api/auth/refresh', '/api/auth/logout']) {
      expect(boots[1]?.filter((route) => route === `POST ${path}`)).toHaveLength(1);
    }
  });

  it('stores one session for one login, and asks the database no more often', async () => {
    const costs: number[] = [];
    for (let boot = 1; boot <= 2; boot += 1) {
      await withServer(environment, async (server) => {
        const device = await login(server, person);
        expect(await storedSessions(server, person)).toHaveLength(boot);
        const identified = await server.statements(() => whoAmI(server, device).expect(200));
        const refreshed = await server.statements(() => refresh(server, device).expect(200));
        costs.push(identified.length, refreshed.length);
      });
    }

    expect(costs.slice(2)).toEqual(costs.slice(0, 2));
  });

  it('goes on with the sessions of the first', async () => {
    let device: LoggedIn | undefined;
    await withServer(environment, async (server) => {
      device = await login(server, person);
    });

    await withServer(environment, async (server) => {
      if (!device) throw new Error('Nobody is logged in');
      await whoAmI(server, device).expect(200);
      device = loggedInBy(await refresh(server, device).expect(200));
      await whoAmI(server, device).expect(200);
    });
  });

  it('leaves a permission away that an administrator has taken away', async () => {
    await withServer(environment, async ({ strapi }) => {
      const where = { action: 'api::photo.photo.create' };
      const { count } = await strapi.db.query(PERMISSION).deleteMany({ where });
      expect(count).toBeGreaterThan(0);
    });

    await withServer(environment, async (server) => {
      const headers = bearer(await login(server, person));
      const response = await server
        .request()
        .post('/api/photos')
        .set(headers)
        .send({ data: { title: 'Sunrise' } });
      expect(response.body).toEqual(refusal(403));
      await server.request().get('/api/photos').set(headers).expect(200);
    });
  });
});
