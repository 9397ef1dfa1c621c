/** Seventeen minutes past every hour: other tasks often run on the hour. */
const RULE = '17 * * * *';

/**
 * Creates the cron task of the purge, which runs on every instance, also on several at once, and what stops
 * it at a shutdown: the next purge deletes the rest.
 *
 * @param purge deletes sessions until the signal is aborted, and resolves to their number
 */
export const createPurgeTask = (
  purge: (signal: AbortSignal) => Promise<number>,
  log: (message: string) => void,
) => {
  const shutdown = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  const run = async (): Promise<void> => {
    const count = await purge(shutdown.signal);
    if (count > 0) log(`Purged ${count} sessions`);
  };

  return {
    cronTask: {
      purgeSessions: {
        async task() {
          const purging = run();
          running = purging;
          await purging;
        },
        options: { rule: RULE },
      },
    },

    /** Resolves when the statement at hand is done. */
    async stop(): Promise<void> {
      shutdown.abort();
      await Promise.allSettled([running]);
    },
  };
};
