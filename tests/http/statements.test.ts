import { expect, it } from 'vitest';
import { bearer, createUser, login } from '../helpers/users';
import { startStockServer, type TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

type Server = Omit<TestServer, 'clock'>;

/** Returns the statements of an authenticated request that is not the first one. */
const statementsOfRequest = async (server: Server, path: string): Promise<string[]> => {
  const session = await login(server, await createUser(server));
  const request = () => server.request().get(path).set(bearer(session)).expect(200);
  await request();
  return server.statements(request);
};

const OWN_ACCOUNT = '/api/users/me';

it('An authenticated request takes no more statements than in the refresh mode of Strapi', async () => {
  let ours: string[] = [];
  await withServer({}, async (server) => {
    ours = await statementsOfRequest(server, OWN_ACCOUNT);
  });

  const stock = await startStockServer();
  try {
    const theirs = await statementsOfRequest(stock, OWN_ACCOUNT);

    expect(theirs.length).toBeGreaterThan(0);
    expect(ours.filter((sql) => sql.includes('up_sessions'))).toHaveLength(1);
    expect(ours.length, `${ours.join('\n')}\n\nStrapi:\n${theirs.join('\n')}`).toBeLessThanOrEqual(
      theirs.length,
    );
  } finally {
    await stock.stop();
  }
}, 120_000);
