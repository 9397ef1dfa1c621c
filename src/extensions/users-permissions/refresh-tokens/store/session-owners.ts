import type { Core } from '@strapi/strapi';
import { COLUMNS, SESSION, USER, type Row } from './session-table';

/** Rows to one statement: well below the number of parameters that any database takes. */
const BATCH_SIZE = 500;

/**
 * Version 1.0.0 stored the user of a session by id alone. What completes such rows; `strapi/owner-backfill.ts`
 * says when that is right.
 */
export const createSessionOwners = (db: Core.Strapi['db']) => ({
  /** Whether the table was made by version 1.0.0. To be asked before Strapi changes the schema. */
  async isColumnMissing(): Promise<boolean> {
    const { tableName } = db.metadata.get(SESSION);
    return (
      (await db.getSchemaConnection().hasTable(tableName)) &&
      !(await db.getSchemaConnection().hasColumn(tableName, COLUMNS.userDocumentId))
    );
  },

  /**
   * Gives every row without one the document id of its user, in batches. Each is one conditional
   * `UPDATE`, so that several instances may do it at once. Returns how many this caller completed.
   */
  async complete(): Promise<number> {
    const sessions = db.metadata.get(SESSION).tableName;
    const users = db.metadata.get(USER).tableName;
    const documentId = () =>
      db
        .getConnection(users)
        .select('document_id')
        .where(`${users}.id`, db.connection.ref(`${sessions}.${COLUMNS.userId}`));
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
      completed += await db
        .getConnection(sessions)
        .whereIn('id', ids)
        .whereNull(COLUMNS.userDocumentId)
        .whereExists(documentId())
        .update({ [COLUMNS.userDocumentId]: documentId() });
      lastId = ids[ids.length - 1] ?? lastId;
    }
  },
});

export type SessionOwners = ReturnType<typeof createSessionOwners>;
