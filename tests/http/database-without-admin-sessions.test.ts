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
  'up_sessions_ip_address_index',
];
/** Was there while the list found devices by it. */
const DROPPED_INDEX = {
  name: 'up_sessions_device_name_index',
  columns: ['device_name', 'login_at', 'id'],
};
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
  await connection.schema.alterTable('up_sessions', (table) =>
    table.index(DROPPED_INDEX.columns, DROPPED_INDEX.name),
  );
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
      indexes: [
        ...table.indexes.filter(({ name }) => !NEW_INDEXES.includes(name)),
        ...(table.name === 'up_sessions' ? [DROPPED_INDEX] : []),
      ],
    }));
  await connection('strapi_database_schema')
    .where({ id: stored.id })
    .update({ schema: JSON.stringify({ ...schema, tables }), hash: 'before' });
};

it('A database of an older version gets the table, indexes and permissions of the admin Sessions at the next boot, and loses the index that no query needs', async () => {
  const environment = testEnvironment(await newDatabase());
  const account = { headers: { Authorization: '' } };
  await withServer(environment, async (server) => {
    await login(server, await createUser(server));
    Object.assign(account, await createAdmin(server));
    await removeAdminSessions(server);
    const names = await indexNames(server);
    expect(names.filter((name) => NEW_INDEXES.includes(name))).toEqual([]);
    expect(names).toContain(DROPPED_INDEX.name);
    await getSessions(server, account).expect(403);
  });

  await withServer(environment, async (server) => {
    const names = await indexNames(server);
    expect(names).toEqual(expect.arrayContaining(NEW_INDEXES));
    expect(names).not.toContain(DROPPED_INDEX.name);
    expect(await server.strapi.db.connection.schema.hasTable(TALLIES)).toBe(true);
    const { body } = await getSessions(server, account).expect(200);
    expect(body.results).toHaveLength(1);
  });
});
