/** Seventeen minutes past every hour: other tasks often run on the hour. */
const RULE = '17 * * * *';

/**
 * Creates the cron task of the purge. It runs on every instance, also on several at once.
 *
 * @param purge deletes sessions and resolves to their number
 */
export const createPurgeTask = (purge: () => Promise<number>, log: (message: string) => void) => ({
  purgeSessions: {
    async task() {
      const count = await purge();
      if (count > 0) log(`Purged ${count} sessions`);
    },
    options: { rule: RULE },
  },
});
