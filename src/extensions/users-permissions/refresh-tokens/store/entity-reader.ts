import type { Core } from '@strapi/strapi';
import noop from 'lodash/noop';
import type { Row } from './session-table';

/** An entity as Strapi's query engine returns it. */
type Entity = Record<string, unknown> & { readonly id: number; readonly documentId: string };

/** Reads the entities of one content type in a statement that reads more. */
export interface EntityReader {
  /** The columns for knex, each under a short name: two tables have columns of one name. */
  readonly selection: Readonly<Record<string, string>>;
  /** Converts what was selected; null for the missing row of an outer join. */
  read(row: Row): Promise<Entity | null>;
}

/**
 * Creates the reader of a content type. It converts as the query engine does, own fields of a project included.
 *
 * @param prefix of the short names; one letter that no other reader of the statement has
 */
export const createEntityReader = (
  db: Core.Strapi['db'],
  uid: string,
  prefix: string,
): EntityReader => {
  const { tableName, attributes, columnToAttribute } = db.metadata.get(uid);
  const columns = Object.entries(columnToAttribute)
    .filter(([, name]) => 'columnName' in (attributes[name] ?? {}))
    .map(([column], index) => ({ column, name: `${prefix}${index}` }));
  const builder = db.queryBuilder(uid).select('*');

  return {
    selection: Object.fromEntries(
      columns.map(({ column, name }) => [name, `${tableName}.${column}`]),
    ),
    async read(row) {
      const stored: Row = {};
      for (const { column, name } of columns) stored[column] = row[name];
      if (stored.id === null) return null;
      // The conversion has no entrance of its own: the query builder gets the row in place of its query, which inside
      // of a transaction would have to join that.
      const query = Object.assign(Promise.resolve(stored), { transacting: noop });
      return Object.assign(builder, { getKnexQuery: () => query }).execute();
    },
  };
};
