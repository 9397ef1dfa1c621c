/** A clock that moves only when a test moves it. Times in milliseconds. */
export interface TestClock {
  now(): number;
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
