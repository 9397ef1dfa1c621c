/** The one clock of the feature, as a service: tests set `now` and no time has to pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The real clock. */
export const createClock = (): Clock => ({ now: () => Date.now() });
