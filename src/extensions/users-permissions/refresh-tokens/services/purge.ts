/** Seventeen past every hour: not on the hour, when everybody else's tasks run. */
const RULE = '17 * * * *';

/**
 * The cron task that deletes ended sessions. It runs on every instance; they may run it at once.
 *
 * @param purge deletes what is due and resolves to how many rows that were
 */
export const createPurgeTask = (purge: () => Promise<number>, log: (message: string) => void) => ({
  purgeEndedSessions: {
    async task() {
      const count = await purge();
      if (count > 0) log(`Purged ${count} ended sessions`);
    },
    options: { rule: RULE },
  },
});
