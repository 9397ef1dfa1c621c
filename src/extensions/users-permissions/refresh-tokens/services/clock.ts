/** The one clock of the feature, as a service: tests set `now` and no time has to pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Compares this server's clock with that of the database, and goes by the latter if they differ. */
  synchronise(): Promise<void>;
}

interface ClockDependencies {
  /** The database's time in milliseconds, or null where it has no clock of its own. */
  readonly readDatabaseTime: () => Promise<number | null>;
  readonly warn: (message: string) => void;
}

/** A smaller difference matters to nothing here. In milliseconds. */
const TOLERANCE = 1000;

/**
 * The time that every instance agrees on (docs/decisions/0014): this server's, corrected by what it
 * is off from the database. Otherwise an instance whose clock is ahead by more than the leeway takes
 * the second tab of an honest client for a thief.
 */
export const createClock = ({ readDatabaseTime, warn }: ClockDependencies): Clock => {
  let correction = 0;

  return {
    now: () => Date.now() + correction,

    async synchronise() {
      const sent = Date.now();
      const databaseTime = await readDatabaseTime();
      const received = Date.now();
      if (databaseTime === null) return;

      const difference = databaseTime - (sent + received) / 2;
      // Nobody knows when on its way the answer was written.
      const uncertainty = (received - sent) / 2;
      if (Math.abs(difference - correction) <= TOLERANCE + uncertainty) return;

      correction = Math.round(difference);
      warn(
        `The clock of this server is ${-correction} ms ahead of that of the database. ` +
          'Sessions go by the clock of the database.',
      );
    },
  };
};

/** The cron task that keeps the clock right, every minute: clocks are also set while servers run. */
export const createClockTask = (
  synchronise: () => Promise<void>,
  warn: (message: string) => void,
) => ({
  synchroniseClock: {
    async task() {
      // Without an answer of the database the last correction holds.
      await synchronise().catch((error: Error) => warn(`Clock not compared: ${error.message}`));
    },
    options: { rule: '* * * * *' },
  },
});
