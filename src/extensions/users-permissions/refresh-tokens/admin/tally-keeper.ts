import { dayOf, sumOf, type Tally, type TallyStore } from './tally-days';

/** Counts logins and reuses by day. A login must not wait for it, so it counts in memory first. */
export interface TallyKeeper {
  count(what: 'logins' | 'reuses'): void;
  /** What is counted and not stored yet. */
  pending(): Tally[];
  /** Stores what is pending. Where that fails it stays pending. */
  flush(): Promise<void>;
}

/** Makes the keeper of one instance. */
export const createTallyKeeper = (
  store: Pick<TallyStore, 'add'>,
  now: () => number,
): TallyKeeper => {
  const pending = new Map<string, Tally>();

  const add = (tally: Tally): void => {
    const before = pending.get(tally.day);
    pending.set(tally.day, sumOf(tally.day, before ? [before, tally] : [tally]));
  };

  return {
    count: (what) => add({ day: dayOf(now()), logins: 0, reuses: 0, [what]: 1 }),

    pending: () => [...pending.values()],

    async flush() {
      for (const tally of [...pending.values()]) {
        pending.delete(tally.day);
        try {
          await store.add(tally);
        } catch (error) {
          add(tally);
          throw error;
        }
      }
    },
  };
};

/** Stores the tally. Where that fails it is pending until the next time. */
export const createTallyFlush =
  ({ flush }: TallyKeeper, warn: (message: string) => void) =>
  (): Promise<void> =>
    flush().catch((error: Error) => warn(`Session tally not stored: ${error.message}`));

/** The cron task that stores the tally, every minute on every instance. */
export const createTallyTask = (flush: () => Promise<void>) => ({
  storeSessionTally: { task: flush, options: { rule: '* * * * *' } },
});
