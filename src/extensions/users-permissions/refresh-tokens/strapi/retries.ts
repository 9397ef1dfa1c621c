/** Something that has failed once and is tried again. */
export interface Retry {
  /** Tries again. Resolves to whether it is done; never rejects. */
  attempt(): Promise<boolean>;
  /** Is called once, when no more tries follow. @param why a part of a sentence, for the log */
  giveUp(why: string): void;
}

/** Tries again what has failed, in memory. */
export interface Retries {
  add(retry: Retry): void;
  /** Gives up all that wait, and all that come later. */
  stop(): void;
}

/**
 * Creates retries that never keep the process alive.
 *
 * @param pauses milliseconds before each retry; after the last one it is given up
 * @param limit how many may wait; one more is given up at once
 */
export const createRetries = (pauses: readonly number[], limit: number): Retries => {
  /** Also those that are being tried, whose timers have run. */
  const timers = new Map<Retry, NodeJS.Timeout>();
  let isStopped = false;

  const waitForTry = (retry: Retry, index: number): void => {
    const pause = pauses[index];
    if (pause === undefined) {
      timers.delete(retry);
      retry.giveUp('that was the last try');
      return;
    }
    const run = async (): Promise<void> => {
      const isDone = await retry.attempt();
      if (isStopped) return;
      if (isDone) timers.delete(retry);
      else waitForTry(retry, index + 1);
    };
    timers.set(retry, setTimeout(() => void run(), pause).unref());
  };

  return {
    add(retry) {
      if (isStopped) retry.giveUp('the server is stopping');
      else if (timers.size >= limit) retry.giveUp(`${limit} others are waiting`);
      else waitForTry(retry, 0);
    },

    stop() {
      isStopped = true;
      for (const [retry, timer] of timers) {
        clearTimeout(timer);
        retry.giveUp('the server is stopping');
      }
      timers.clear();
    },
  };
};
