import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimsOf,
  createPerson,
  login,
  loggedInBy,
  refresh,
  storedSessions,
  tokenInCookie,
  whoAmI,
  type LoggedIn,
  type Person,
} from '../helpers/people';
import { startServer, type TestServer } from '../helpers/server';

let server: TestServer;
let bystander: LoggedIn;

beforeAll(async () => {
  server = await startServer();
  bystander = await login(server, await createPerson(server));
});
afterAll(async () => {
  // Whatever happened to others, this session was left alone.
  await whoAmI(server, bystander).expect(200);
  await server.stop();
});

describe.each(['/api/token/refresh', '/api/auth/refresh'])('POST %s', (path) => {
  it('exchanges the cookie for the next pair', async () => {
    const person = await createPerson(server);
    const before = await login(server, person);

    const response = await server.request().post(path).set('Cookie', before.cookie).expect(200);

    expect(Object.keys(response.body)).toEqual(['jwt']);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(claimsOf(tokenInCookie(loggedInBy(response).cookie))).toMatchObject({ generation: 1 });
    await whoAmI(server, loggedInBy(response)).expect(200);
  });
});

describe('POST /api/token/refresh', () => {
  let person: Person;

  it('gives 20 parallel callers of one token the same successor', async () => {
    person = await createPerson(server);
    const before = await login(server, person);

    const responses = await Promise.all(Array.from({ length: 20 }, () => refresh(server, before)));

    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const successors = new Set(responses.map((response) => loggedInBy(response).refreshToken));
    expect(successors.size).toBe(1);
    expect(await storedSessions(server, person)).toMatchObject([{ generation: 1 }]);
  });

  it('costs two statements', async () => {
    const before = await login(server, await createPerson(server));

    const statements = await server.statements(() => refresh(server, before).expect(200));

    expect(statements).toHaveLength(2);
  });
});
