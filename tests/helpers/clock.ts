/** A clock that stands still until it is told otherwise. */
export interface TestClock {
  now(): number;
  /** Moves on by so many milliseconds. */
  advance(milliseconds: number): void;
}

/** @param start milliseconds since the epoch */
export const createTestClock = (start = Date.now()): TestClock => {
  let time = start;
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
};
