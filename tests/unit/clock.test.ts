import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClock } from '../../src/extensions/users-permissions/refresh-tokens/services/clock';

const NOON = Date.UTC(2030, 0, 1, 12);

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A clock whose database answers with these differences, one after another, after so long. */
const clockBeside = (differences: readonly (number | null)[], roundTrip = 0) => {
  const warnings: string[] = [];
  const answers = [...differences];
  const clock = createClock({
    async readDatabaseTime() {
      vi.advanceTimersByTime(roundTrip / 2);
      const difference = answers.shift() ?? null;
      const answer = difference === null ? null : Date.now() + difference;
      vi.advanceTimersByTime(roundTrip / 2);
      return answer;
    },
    warn: (message) => warnings.push(message),
  });
  return { clock, warnings };
};

describe('The clock', () => {
  it('is that of this server until it has been compared', () => {
    expect(clockBeside([30_000]).clock.now()).toBe(NOON);
  });

  it.each([
    [-30_000, '30000 ms ahead of'],
    [30_000, '30000 ms behind'],
    [5_000_000, '5000000 ms behind'],
  ])('goes by the database, %i ms away', async (difference, said) => {
    const { clock, warnings } = clockBeside([difference]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + difference);
    expect(warnings).toEqual([expect.stringContaining(`${said} that of the database`)]);
  });

  it('takes the time that the answer was on its way into account', async () => {
    const { clock } = clockBeside([30_000], 800);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + 30_000);
  });

  it('is left alone by a small difference, and says nothing', async () => {
    const { clock, warnings } = clockBeside([900]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
    expect(warnings).toEqual([]);
  });

  it('is left alone by what may as well be the way of the answer', async () => {
    const { clock } = clockBeside([2500], 4000);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
  });

  it('is corrected by an answer that took long, where the difference is longer', async () => {
    const { clock } = clockBeside([30_000], 4000);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + 30_000);
  });

  it('stays that of this server where the database has none', async () => {
    const { clock } = clockBeside([null]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
  });

  it('warns once while the difference stays, and again when it goes', async () => {
    const { clock, warnings } = clockBeside([30_000, 30_010, 0]);

    await clock.synchronise();
    await clock.synchronise();
    expect(warnings).toHaveLength(1);
    expect(clock.now()).toBe(Date.now() + 30_000);

    await clock.synchronise();
    expect(warnings).toHaveLength(2);
    expect(clock.now()).toBe(Date.now());
  });

  it('keeps its correction when the database fails, and lets the caller know', async () => {
    const clock = createClock({
      readDatabaseTime: () => Promise.reject(new Error('gone')),
      warn: () => undefined,
    });

    await expect(clock.synchronise()).rejects.toThrow('gone');
    expect(clock.now()).toBe(NOON);
  });
});
