import type { Core } from '@strapi/strapi';
import { retryLostRaces } from '../store/lost-race';

export const TALLY = 'plugin::users-permissions.session-tally';

/** Returns the day of a time in milliseconds since the epoch, in UTC: `YYYY-MM-DD`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

interface TalliesDependencies {
  readonly db: Core.Strapi['db'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** Creates the counters of logins and reuses by day, in `up_session_tallies` (docs/decisions/0017). */
export const createTallies = ({ db, now, warn }: TalliesDependencies) => {
  const tableName = () => db.metadata.get(TALLY).tableName;
  const tallies = () => db.getConnection(tableName());
  let written = Promise.resolve();

  /** Several instances count on one day: the database does the sum. */
  const add = async (day: string, counter: 'logins' | 'reuses'): Promise<void> => {
    await retryLostRaces(() =>
      tallies()
        .insert({ day, logins: 0, reuses: 0, [counter]: 1 })
        .onConflict('day')
        .merge({ [counter]: db.connection.raw('?? + 1', [`${tableName()}.${counter}`]) }),
    );
  };

  return {
    /** Adds one to a counter of today. Nobody waits for it; one at a time, to keep the pool free. */
    count(counter: 'logins' | 'reuses'): void {
      const day = dayOf(now());
      written = written
        .then(() => add(day, counter))
        .catch((error: Error) => warn(`Session tally not stored: ${error.message}`));
    },

    /** Resolves once everything that was counted so far is stored, or has failed. */
    settled: (): Promise<void> => written,

    /** Returns the tallies of this day and later ones, in no order, without the days that have none. */
    async findSince(day: string): Promise<{ day: string; logins: number; reuses: number }[]> {
      return tallies().select('day', 'logins', 'reuses').where('day', '>=', day);
    },
  };
};

export type Tallies = ReturnType<typeof createTallies>;
