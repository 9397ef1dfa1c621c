/** The one clock of the extension. Tests replace `now`. */
interface Clock {
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

/** Up to this difference, in milliseconds, the correction stays as it is. */
const TOLERANCE = 1000;

/**
 * Creates a clock that agrees with those of all instances (docs/decisions/0014): this server's time,
 * corrected by its difference from the database's. Otherwise an instance whose clock is ahead by more
 * than the leeway would take the refresh of an honest client's second tab for a reuse.
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
      // The database read its clock at some time between `sent` and `received`.
      const uncertainty = (received - sent) / 2;
      if (Math.abs(difference - correction) <= TOLERANCE + uncertainty) return;

      correction = Math.round(difference);
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
