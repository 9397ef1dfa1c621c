import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../helpers/responses';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { bearer, tokensFrom, login, refresh, fetchOwnAccount } from '../helpers/users';
import { startServer, startStockServer, type TestServer } from '../helpers/server';
import { stopWithoutErrors } from '../helpers/suite';

type Server = Pick<TestServer, 'strapi'>;

const PERMISSION = 'plugin::users-permissions.permission';

/** Actions that older Strapi versions lack. Their databases have no permissions for them. */
const NEWER_ACTIONS = ['refresh', 'logout', 'getSessions', 'revokeSession'].map(
  (name) => `plugin::users-permissions.auth.${name}`,
);

const CHANGE_PASSWORD = 'plugin::users-permissions.auth.changePassword';

const inspector = ({ strapi }: Server) => strapi.db.dialect.schemaInspector;

const tablesOf = async (server: Server): Promise<string[]> =>
  (await inspector(server).getTables()).sort();

const indexesOf = async (server: Server, table: string) =>
  (await inspector(server).getIndexes(table)).map(({ name, columns, type }) => ({
    name,
    columns,
    isUnique: type === 'unique',
  }));

/** Returns the columns, indexes and rows of the table of users, and their roles. */
const accountsIn = async (server: Server) => ({
  columns: await server.strapi.db.connection('up_users').columnInfo(),
  indexes: await indexesOf(server, 'up_users'),
  users: await server.strapi.db.connection('up_users').select().orderBy('id'),
  roles: await server.strapi.db.connection('up_users_role_lnk').select().orderBy('id'),
});

describe('A database that Strapi created without this extension', () => {
  const user = {
    username: 'stock-user',
    email: 'stock-user@example.com',
    password: 'correct-horse',
  };
  let tablesBefore: string[];
  let accountsBefore: Awaited<ReturnType<typeof accountsIn>>;
  let server: TestServer;

  beforeAll(async () => {
    const environment = testEnvironment(await newDatabase());
    const stock = await startStockServer(environment);
    try {
      await stock.request().post('/api/auth/local/register').send(user).expect(200);
      await stock.strapi.db
        .query(PERMISSION)
        .deleteMany({ where: { action: { $in: [...NEWER_ACTIONS, CHANGE_PASSWORD] } } });
      tablesBefore = await tablesOf(stock);
      accountsBefore = await accountsIn(stock);
    } finally {
      await stock.stop();
    }
    expect(accountsBefore.users).toMatchObject([{ username: user.username }]);
    expect(tablesBefore).not.toContain('up_sessions');
    server = await startServer(environment);
  });
  afterAll(() => stopWithoutErrors(server));

  it('lets its users log in, refresh and log out without a change in the admin panel', async () => {
    const before = await login(server, user);
    const after = tokensFrom(await refresh(server, before).expect(200));
    await fetchOwnAccount(server, after).expect(200);

    const response = await server.request().post('/api/auth/logout').set('Cookie', after.cookie);

    expect(response.status).toBe(200);
    expect(response.body).toEqual({ ok: true });
    expect((await fetchOwnAccount(server, after)).body).toEqual(refusal(401));
  });

  it('does not grant a permission that an administrator has removed', async () => {
    const response = await server
      .request()
      .post('/api/auth/change-password')
      .set(bearer(await login(server, user)))
      .send({ currentPassword: user.password, password: 'another-horse' });

    expect(response.body).toEqual(refusal(403));
    expect(
      await server.strapi.db.query(PERMISSION).count({ where: { action: CHANGE_PASSWORD } }),
    ).toBe(0);
  });

  it('gets the tables of the extension with their indexes, and keeps everything else', async () => {
    expect(await accountsIn(server)).toEqual(accountsBefore);
    const tables = await tablesOf(server);
    expect(tables).toEqual(expect.arrayContaining(tablesBefore));
    // The content types of the project add tables as well.
    const added = tables.filter((table) => !tablesBefore.includes(table));
    expect(added.filter((table) => table.startsWith('up_'))).toEqual([
      'up_session_tallies',
      'up_sessions',
    ]);
    expect(await indexesOf(server, 'up_sessions')).toEqual(
      expect.arrayContaining([
        { name: 'up_sessions_session_id_unique', columns: ['session_id'], isUnique: true },
        { name: 'up_sessions_user_id_index', columns: ['user_id'], isUnique: false },
        {
          name: 'up_sessions_absolute_expires_at_index',
          columns: ['absolute_expires_at'],
          isUnique: false,
        },
      ]),
    );
  });
});
