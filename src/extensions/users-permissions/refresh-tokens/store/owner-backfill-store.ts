import type { Core } from '@strapi/strapi';
import { createRaceRetry } from './lost-race';
import { BATCH_SIZE, COLUMNS, SESSION, USER, type Row } from './session-table';

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
    let completed = 0;
    let lastId = 0;
    for (;;) {
      const batch: Row[] = await db
        .getConnection(sessions)
        .select('id')
        .whereNull(COLUMNS.userDocumentId)
        .where('id', '>', lastId)
        .orderBy('id')
        .limit(BATCH_SIZE);
      const ids = batch.map(({ id }) => Number(id));
      if (ids.length === 0) return completed;
      completed += await retry(() =>
        db
          .getConnection(sessions)
          .whereIn('id', ids)
          .whereNull(COLUMNS.userDocumentId)
          .whereExists(documentId())
          .update({ [COLUMNS.userDocumentId]: documentId() }),
      );
      lastId = ids[ids.length - 1] ?? lastId;
    }
  },
});

export type OwnerBackfillStore = ReturnType<typeof createOwnerBackfillStore>;
