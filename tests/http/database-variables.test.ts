import { expect, it } from 'vitest';
import {
  databaseUrl,
  describeOn,
  newDatabase,
  testDatabase,
  type DatabaseVariables,
} from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { createUser, login, refresh } from '../helpers/users';
import { withServer } from '../helpers/suite';

/** Starts a server with these variables and logs a user in. Returns the database with the session. */
const databaseOfSession = async (variables: DatabaseVariables): Promise<string> => {
  let name = '';
  await withServer(testEnvironment(variables), async (server) => {
    await refresh(server, await login(server, await createUser(server))).expect(200);
    const current = testDatabase === 'postgres' ? 'current_database()' : 'database()';
    const { connection } = server.strapi.db;
    const rows = await connection('up_sessions').select(connection.raw(`${current} as name`));
    expect(rows).toHaveLength(1);
    name = (rows as { name: string }[])[0]?.name ?? '';
  });
  return name;
};

describeOn('postgres', 'mysql')('The database of a server', () => {
  it('is selected by its parts', async () => {
    const parts = await newDatabase();

    expect(await databaseOfSession(parts)).toBe(parts.DATABASE_NAME);
  });

  it('is selected by a URL', async () => {
    const parts = await newDatabase();

    const variables = { DATABASE_CLIENT: testDatabase, DATABASE_URL: databaseUrl(parts) };

    expect(await databaseOfSession(variables)).toBe(parts.DATABASE_NAME);
  });

  it('is selected by the URL when the parts name another one', async () => {
    const [parts, other] = [await newDatabase(), await newDatabase()];

    const variables = { ...other, DATABASE_URL: databaseUrl(parts) };

    expect(await databaseOfSession(variables)).toBe(parts.DATABASE_NAME);
  });

  it('is selected by the URL when the parts are empty, as in a copied .env', async () => {
    const parts = await newDatabase();
    const emptyParts = Object.fromEntries(Object.keys(parts).map((name) => [name, '']));

    const variables = {
      ...emptyParts,
      DATABASE_CLIENT: testDatabase,
      DATABASE_URL: databaseUrl(parts),
    };

    expect(await databaseOfSession(variables)).toBe(parts.DATABASE_NAME);
  });
});
