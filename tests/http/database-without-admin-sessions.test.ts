import { expect, it } from 'vitest';
import { createAdmin, SESSIONS_READ, SESSIONS_REVOKE } from '../helpers/admins';
import { getSessions } from '../helpers/admin-sessions';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import { login, createUser } from '../helpers/users';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

const NEW_INDEXES = [
  'up_sessions_login_at_index',
  'up_sessions_revoked_reason_index',
  'up_sessions_device_name_index',
  'up_sessions_ip_address_index',
];
const TALLIES = 'up_session_tallies';

interface Table {
  readonly name: string;
  readonly indexes: readonly { readonly name: string }[];
}

const indexNames = async ({ strapi }: Pick<TestServer, 'strapi'>) =>
  (await strapi.db.dialect.schemaInspector.getIndexes('up_sessions')).map(({ name }) => name);

/** Removes the table, indexes and permissions of the Sessions feature of the admin panel. */
const removeAdminSessions = async ({ strapi }: TestServer): Promise<void> => {
  const { connection } = strapi.db;
  for (const name of NEW_INDEXES) {
    await connection.schema.alterTable('up_sessions', (table) => table.dropIndex([], name));
  }
  await connection.schema.dropTable(TALLIES);
  await strapi.db
    .query('admin::permission')
    .deleteMany({ where: { action: { $in: [SESSIONS_READ, SESSIONS_REVOKE] } } });

  // Strapi compares the tables with the schema that it has stored.
  const stored = await connection('strapi_database_schema').orderBy('id', 'desc').first();
  const schema = typeof stored.schema === 'string' ? JSON.parse(stored.schema) : stored.schema;
  const tables = (schema.tables as Table[])
    .filter(({ name }) => name !== TALLIES)
    .map((table) => ({
      ...table,
      indexes: table.indexes.filter(({ name }) => !NEW_INDEXES.includes(name)),
    }));
  await connection('strapi_database_schema')
    .where({ id: stored.id })
    .update({ schema: JSON.stringify({ ...schema, tables }), hash: 'before' });
};

it('A database without the table, indexes and permissions of the admin Sessions gets them at the next boot', async () => {
  const environment = testEnvironment(await newDatabase());
  const account = { headers: { Authorization: '' } };
  await withServer(environment, async (server) => {
    await login(server, await createUser(server));
    Object.assign(account, await createAdmin(server));
    await removeAdminSessions(server);
    expect(await indexNames(server)).not.toEqual(expect.arrayContaining([NEW_INDEXES[0]]));
    await getSessions(server, account).expect(403);
  });

  await withServer(environment, async (server) => {
    expect(await indexNames(server)).toEqual(expect.arrayContaining(NEW_INDEXES));
    expect(await server.strapi.db.connection.schema.hasTable(TALLIES)).toBe(true);
    const { body } = await getSessions(server, account).expect(200);
    expect(body.results).toHaveLength(1);
  });
});
