import minBy from 'lodash/minBy';
import ms from 'ms';

/** The one clock of the extension. Tests replace `now`. */
export interface Clock {
  /** Returns milliseconds since the epoch. */
  now(): number;
  /** Compares the clocks of this server and the database, and corrects `now` by the difference. */
  synchronise(): Promise<void>;
}

interface ClockDependencies {
  /** Reads the database's time in milliseconds; null when the database has no clock of its own. */
  readonly readDatabaseTime: () => Promise<number | null>;
  readonly warn: (message: string) => void;
}

/** One comparison of the two clocks, in milliseconds. */
interface Reading {
  /** By how much the database is ahead of this server. */
  readonly difference: number;
  /** The database read its clock so long before or after the middle of the query, at most. */
  readonly uncertainty: number;
}

/** Up to this difference, in milliseconds, the correction stays as it is. */
const TOLERANCE = ms('1s');

/** A larger difference is a fault of one of the two machines, and nobody can tell of which. */
const LARGEST_CORRECTION = ms('1d');

const isClose = (one: Reading, other: Reading): boolean =>
  Math.abs(one.difference - other.difference) <= TOLERANCE + one.uncertainty + other.uncertainty;

/** Whether the readings agree, and their difference may be corrected. False for `NaN`. */
const isCredible = (readings: readonly Reading[], best: Reading): boolean =>
  Math.abs(best.difference) <= LARGEST_CORRECTION &&
  readings.every((reading) => isClose(reading, best));

/**
 * Creates a clock that agrees with those of all instances (docs/decisions/0014): this server's time,
 * corrected by its difference from the database's. Otherwise an instance whose clock is ahead by more
 * than the leeway would take the refresh of an honest client's second tab for a reuse.
 *
 * A difference is corrected only if three readings agree on it and it is a day at most. Otherwise the last
 * correction stays, with a warning.
 */
export const createClock = ({ readDatabaseTime, warn }: ClockDependencies): Clock => {
  let correction = 0;
  let isIgnoring = false;

  const read = async (): Promise<Reading | null> => {
    const sent = Date.now();
    const databaseTime = await readDatabaseTime();
    const received = Date.now();
    if (databaseTime === null) return null;
    // The database read its clock at some time between `sent` and `received`.
    const [middle, uncertainty] = [(sent + received) / 2, (received - sent) / 2];
    return { difference: databaseTime - middle, uncertainty };
  };

  const ignore = (readings: readonly Reading[]): void => {
    if (!isIgnoring) {
      const differences = readings.map(({ difference }) => Math.round(difference)).join(', ');
      warn(
        `The clock of the database differs from that of this server by ${differences} ms in three ` +
          'readings. Differences that do not agree or exceed a day are ignored: set both clocks.',
      );
    }
    isIgnoring = true;
  };

  return {
    now: () => Date.now() + correction,

    async synchronise() {
      const first = await read();
      if (!first || isClose(first, { difference: correction, uncertainty: 0 })) {
        isIgnoring = false;
        return;
      }
      const readings = [first, await read(), await read()].filter((reading) => reading !== null);
      const best = minBy(readings, 'uncertainty') ?? first;
      if (!isCredible(readings, best)) return ignore(readings);

      isIgnoring = false;
      correction = Math.round(best.difference);
      warn(
        `The clock of this server is ${Math.abs(correction)} ms ` +
          `${correction < 0 ? 'ahead of' : 'behind'} that of the database. ` +
          'Sessions go by the clock of the database.',
      );
    },
  };
};

/** Creates the cron task that compares the clocks every minute: a clock may change while a server runs. */
export const createClockTask = (
  synchronise: () => Promise<void>,
  warn: (message: string) => void,
) => ({
  synchroniseClock: {
    async task() {
      // While the database does not respond, the last correction stays.
      await synchronise().catch((error: Error) => warn(`Clock not compared: ${error.message}`));
    },
    options: { rule: '* * * * *' },
  },
});
