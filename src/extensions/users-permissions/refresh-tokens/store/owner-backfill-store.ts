import type { Core } from '@strapi/strapi';
import { createRaceRetry } from './lost-race';
import { COLUMNS, SESSION, USER } from './session-table';
import { createBatchedChange } from './table-batches';

/**
 * Creates the queries that complete rows of version 1.0.0, which stored the user of a session by id
 * alone. `strapi/owner-backfill.ts` decides when they may run.
 */
export const createOwnerBackfillStore = (db: Core.Strapi['db']) => ({
  /** Whether version 1.0.0 created the table. Only known before Strapi changes the schema. */
  async isColumnMissing(): Promise<boolean> {
    const { tableName } = db.metadata.get(SESSION);
    return (
      (await db.getSchemaConnection().hasTable(tableName)) &&
      !(await db.getSchemaConnection().hasColumn(tableName, COLUMNS.userDocumentId))
    );
  },

  /**
   * Sets the missing `userDocumentId` of all rows whose user exists, in batches. Each batch is one
   * conditional `UPDATE`, so several instances may run this at once. Returns how many rows this call
   * completed.
   */
  async complete(): Promise<number> {
    const sessions = db.metadata.get(SESSION).tableName;
    const users = db.metadata.get(USER).tableName;
    const documentId = () =>
      db
        .getConnection(users)
        .select('document_id')
        .where(`${users}.id`, db.connection.ref(`${sessions}.${COLUMNS.userId}`));
    const retry = createRaceRetry(db);
    return createBatchedChange(db)({
      find: ({ after, upTo }) =>
        db
          .getConnection(sessions)
          .select('id')
          .whereNull(COLUMNS.userDocumentId)
          .where('id', '>', after)
          .where('id', '<=', upTo),
      change: (ids) =>
        retry(() =>
          db
            .getConnection(sessions)
            .whereIn('id', ids)
            .whereNull(COLUMNS.userDocumentId)
            .whereExists(documentId())
            .update({ [COLUMNS.userDocumentId]: documentId() }),
        ),
    });
  },
});

export type OwnerBackfillStore = ReturnType<typeof createOwnerBackfillStore>;
