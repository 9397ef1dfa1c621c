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
const NEW_COLUMNS = ['user_document_id', 'retry_key_hash', 'remembered'];

interface StoredTable {
  readonly name: string;
  columns: { readonly name: string }[];
}

/** Makes the table what version 1.0.0 makes of it, and what Strapi remembers of it. */
const makeTableOld = async ({ strapi }: Pick<TestServer, 'strapi'>): Promise<void> => {
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

/** A server of version 1.0.0 stores the user of a session by id alone. */
const forgetOwner = async ({ strapi }: Pick<TestServer, 'strapi'>, { id }: Pick<TestUser, 'id'>) =>
  strapi.db
    .connection('up_sessions')
    .where({ user_id: id })
    .update({ user_document_id: null, remembered: null });

const ownersOf = async (server: Pick<TestServer, 'strapi'>, user: TestUser) =>
  (await storedSessions(server, user)).map(({ userDocumentId }) => userDocumentId);

const purge = ({ strapi }: Pick<TestServer, 'strapi'>): Promise<unknown> =>
  Promise.resolve(strapi.cron.jobs.find(({ name }) => name === 'purgeSessions')?.job.invoke());

describe('a database of version 1.0.0', () => {
  it('is taken over: everybody stays logged in, and sessions know their users', async () => {
    const environment = testEnvironment(await newDatabase());
    let people: TestUser[] = [];
    let sessions: ClientTokens[] = [];
    await withServer(environment, async (server) => {
      people = [await createUser(server), await createUser(server)];
      sessions = await Promise.all(people.map((user) => login(server, user)));
      await makeTableOld(server);
    });
    const [one, two] = people as [TestUser, TestUser];
    const [ofOne, ofTwo] = sessions as [ClientTokens, ClientTokens];

    await withServer(environment, async (server) => {
      expect(await ownersOf(server, one)).toEqual([one.documentId]);
      expect(await ownersOf(server, two)).toEqual([two.documentId]);
      await fetchOwnAccount(server, ofOne).expect(200);
      await refresh(server, ofOne).expect(200);

      // A server of version 1.0.0 still runs beside this one, and logs somebody in.
      await forgetOwner(server, two);
      await fetchOwnAccount(server, ofTwo).expect(200);
      const next = tokensFrom(await refresh(server, ofTwo).expect(200));
      const list = await server.request().get('/api/auth/sessions').set(bearer(next));
      expect(list.body.data).toHaveLength(1);
      await purge(server);
      expect(await ownersOf(server, two)).toEqual([two.documentId]);

      await forgetOwner(server, two);
      await server.strapi
        .documents('plugin::users-permissions.user')
        .update({ documentId: two.documentId, data: { blocked: true } });
      expect(await storedSessions(server, two)).toMatchObject([{ revokedReason: 'user-blocked' }]);

      // A deployment takes less than a day. What comes later is of an import.
      await forgetOwner(server, one);
      server.clock.advance(DAY);
      await fetchOwnAccount(server, ofOne).expect(401);
      await refresh(server, ofOne).expect(401);
      await purge(server);
      expect(await storedSessions(server, one)).toEqual([]);
    });
  }, 120_000);

  it('that is not one, but holds an import of one, gives nobody a session of another', async () => {
    const environment = testEnvironment(await newDatabase());
    let session: ClientTokens | undefined;
    await withServer(environment, async (server) => {
      const user = await createUser(server);
      session = await login(server, user);
      await forgetOwner(server, user);
      await refresh(server, session).expect(401);
    });
    await withServer(environment, async (server) => {
      await refresh(server, session as ClientTokens).expect(401);
    });
  }, 120_000);

  it('is completed once, in batches, by however many servers at once', async () => {
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
      expect(new Set(await ownersOf(server, user))).toEqual(new Set([user.documentId]));
      const left = await server.strapi.db.connection('up_sessions').whereNull('user_document_id');
      expect(left).toMatchObject([{ user_id: user_id + 1000 }]);
    });
  });
});
