import { describe, expect, it } from 'vitest';
import { createOwnerBackfillStore } from '../../src/extensions/users-permissions/refresh-tokens/store/owner-backfill-store';
import { newDatabase } from '../helpers/databases';
import { testEnvironment } from '../helpers/environment';
import {
  bearer,
  createUser,
  login,
  tokensFrom,
  refresh,
  storedSessions,
  fetchOwnAccount,
  type ClientTokens,
  type TestUser,
} from '../helpers/users';
import { insertSessionRows, sessionRow } from '../helpers/session-rows';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';

const DAY = 24 * 60 * 60 * 1000;
const NEW_COLUMNS = ['user_document_id', 'retry_key_hash', 'remembered', 'impersonated_by'];

interface StoredTable {
  readonly name: string;
  columns: { readonly name: string }[];
}

/** Removes the columns that version 1.0.0 lacks, also from the schema that Strapi has stored. */
const removeNewColumns = async ({ strapi }: Pick<TestServer, 'strapi'>): Promise<void> => {
  const knex = strapi.db.connection;
  await knex.schema.alterTable('up_sessions', (table) => {
    table.dropColumns(...NEW_COLUMNS);
  });
  const [stored] = await knex('strapi_database_schema').select('id', 'schema');
  const schema = typeof stored.schema === 'string' ? JSON.parse(stored.schema) : stored.schema;
  for (const table of schema.tables as StoredTable[]) {
    if (table.name !== 'up_sessions') continue;
    table.columns = table.columns.filter(({ name }) => !NEW_COLUMNS.includes(name));
  }
  await knex('strapi_database_schema')
    .where({ id: stored.id })
    .update({ schema: JSON.stringify(schema), hash: 'of-1.0.0' });
};

/** Leaves only the user id in the sessions of a user, as a server of version 1.0.0 stores them. */
const removeDocumentIds = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  { id }: Pick<TestUser, 'id'>,
) =>
  strapi.db
    .connection('up_sessions')
    .where({ user_id: id })
    .update({ user_document_id: null, remembered: null });

const documentIdsOf = async (server: Pick<TestServer, 'strapi'>, user: TestUser) =>
  (await storedSessions(server, user)).map(({ userDocumentId }) => userDocumentId);

const purge = ({ strapi }: Pick<TestServer, 'strapi'>): Promise<unknown> =>
  Promise.resolve(strapi.cron.jobs.find(({ name }) => name === 'purgeSessions')?.job.invoke());

describe('A database of version 1.0.0', () => {
  it('keeps its users logged in, and its sessions get the document ids of their users', async () => {
    const environment = testEnvironment(await newDatabase());
    let users: TestUser[] = [];
    let sessions: ClientTokens[] = [];
    await withServer(environment, async (server) => {
      users = [await createUser(server), await createUser(server)];
      sessions = await Promise.all(users.map((user) => login(server, user)));
      await removeNewColumns(server);
    });
    const [one, two] = users as [TestUser, TestUser];
    const [ofOne, ofTwo] = sessions as [ClientTokens, ClientTokens];

    await withServer(environment, async (server) => {
      expect(await documentIdsOf(server, one)).toEqual([one.documentId]);
      expect(await documentIdsOf(server, two)).toEqual([two.documentId]);
      await fetchOwnAccount(server, ofOne).expect(200);
      await refresh(server, ofOne).expect(200);

      // A server of version 1.0.0 still runs beside this one and starts a session.
      await removeDocumentIds(server, two);
      await fetchOwnAccount(server, ofTwo).expect(200);
      const next = tokensFrom(await refresh(server, ofTwo).expect(200));
      const list = await server.request().get('/api/auth/sessions').set(bearer(next));
      expect(list.body.data).toHaveLength(1);
      await purge(server);
      expect(await documentIdsOf(server, two)).toEqual([two.documentId]);

      await removeDocumentIds(server, two);
      await server.strapi
        .documents('plugin::users-permissions.user')
        .update({ documentId: two.documentId, data: { blocked: true } });
      expect(await storedSessions(server, two)).toMatchObject([{ revokedReason: 'user-blocked' }]);

      // After a day such a session can only be an imported one.
      await removeDocumentIds(server, one);
      server.clock.advance(DAY);
      await fetchOwnAccount(server, ofOne).expect(401);
      await refresh(server, ofOne).expect(401);
      await purge(server);
      expect(await storedSessions(server, one)).toEqual([]);
    });
  }, 120_000);

  it('is not assumed when a newer database has sessions without a document id: they are refused', async () => {
    const environment = testEnvironment(await newDatabase());
    let session: ClientTokens | undefined;
    await withServer(environment, async (server) => {
      const user = await createUser(server);
      session = await login(server, user);
      await removeDocumentIds(server, user);
      await refresh(server, session).expect(401);
    });
    await withServer(environment, async (server) => {
      await refresh(server, session as ClientTokens).expect(401);
    });
  }, 120_000);

  it('is completed in batches by several servers at once, each session by one of them', async () => {
    await withServer({}, async (server) => {
      const now = server.clock.now();
      const user = await createUser(server);
      const { id: user_id } = user;
      await insertSessionRows(
        server,
        Array.from({ length: 1200 }, () => sessionRow(now, { user_id })),
      );
      await insertSessionRows(server, [sessionRow(now, { user_id: user_id + 1000 })]);
      await server.strapi.db.connection('up_sessions').update({ user_document_id: null });
      const owners = createOwnerBackfillStore(server.strapi.db);

      const counts = await Promise.all(Array.from({ length: 4 }, () => owners.complete()));

      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1200);
      expect(new Set(await documentIdsOf(server, user))).toEqual(new Set([user.documentId]));
      const incomplete = await server.strapi.db
        .connection('up_sessions')
        .whereNull('user_document_id');
      expect(incomplete).toMatchObject([{ user_id: user_id + 1000 }]);
    });
  });
});
