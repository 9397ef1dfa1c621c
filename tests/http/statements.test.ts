import { expect, it } from 'vitest';
import { testDatabase } from '../helpers/databases';
import { grantToUsers } from '../helpers/permissions';
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

/** MySQL and MariaDB need a second statement for the actions of a role. */
const OURS = testDatabase === 'mysql' ? 2 : 1;

it('An authenticated request takes one statement beside those of its route, and far fewer than in the refresh mode of Strapi', async () => {
  let ours: string[] = [];
  await withServer(
    {},
    async (server) => {
      await grantToUsers(server, ['api::note.note.find']);
      ours = await statementsOfRequest(server, OWN_ACCOUNT);
      // The action reads the user.
      expect(ours, ours.join('\n')).toHaveLength(OURS + 1);

      const list = await statementsOfRequest(server, '/api/notes');
      const ofRoute = list.filter((sql) => /notes|^(BEGIN|COMMIT|SAVEPOINT|RELEASE)/i.test(sql));
      expect(list.length - ofRoute.length, list.join('\n')).toBe(OURS);
    },
    'projectWithNotes',
  );

  const stock = await startStockServer();
  try {
    const theirs = await statementsOfRequest(stock, OWN_ACCOUNT);

    expect(theirs.length).toBeGreaterThanOrEqual(2 * ours.length);
  } finally {
    await stock.stop();
  }
}, 120_000);
