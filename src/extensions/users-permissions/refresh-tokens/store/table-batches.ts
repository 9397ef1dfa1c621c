import { setImmediate } from 'node:timers/promises';
import type { Core } from '@strapi/strapi';
import chunk from 'lodash/chunk';
import { SESSION, type Row } from './session-table';

/** How many rows one statement looks at. */
const RANGE_SIZE = 5000;

/** How many rows one statement changes. 500 take SQLite up to 0.1 s on a slow disk. */
const BATCH_SIZE = 200;

/** The row ids greater than `after`, up to and with `upTo`. */
interface IdRange {
  readonly after: number;
  readonly upTo: number;
}

interface BatchedChange {
  /** Returns the rows of a range that are to be changed. */
  find(range: IdRange): PromiseLike<Row[]>;
  /** Changes at most `BATCH_SIZE` rows, on condition that they still are to be. Returns how many it did. */
  change(ids: number[]): PromiseLike<number>;
}

/**
 * Creates a function that changes rows of the table of sessions in batches, from the first row id to the
 * last: all statements together read the table once, and none takes long. Returns how many rows it changed.
 *
 * On SQLite a statement runs on the thread of the process, and its promise lets no request come in between.
 * So the other requests get their turn after each statement.
 */
export const createBatchedChange =
  (db: Core.Strapi['db']) =>
  /** @param signal ends the work after the statement at hand: the rest is left for another time */
  async ({ find, change }: BatchedChange, signal?: AbortSignal): Promise<number> => {
    const sessions = () => db.getConnection(db.metadata.get(SESSION).tableName);
    const nextRange = async (after: number): Promise<IdRange | undefined> => {
      const ids = sessions().select('id').where('id', '>', after).orderBy('id').limit(RANGE_SIZE);
      const last = await db.getConnection().max({ upTo: 'id' }).from(ids.as('ids')).first<Row>();
      return last.upTo === null ? undefined : { after, upTo: Number(last.upTo) };
    };
    let changed = 0;
    let range = await nextRange(0);
    while (range && !signal?.aborted) {
      await setImmediate();
      const found = await find(range);
      for (const rows of chunk(found, BATCH_SIZE)) {
        await setImmediate();
        if (signal?.aborted) return changed;
        changed += await change(rows.map(({ id }) => Number(id)));
      }
      await setImmediate();
      range = await nextRange(range.upTo);
    }
    return changed;
  };
