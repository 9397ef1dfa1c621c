import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClock } from '../../src/extensions/users-permissions/refresh-tokens/services/clock';

const NOON = Date.UTC(2030, 0, 1, 12);
const DAY = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * Creates a clock, and a database whose clock differs from it by each of these values in turn: one for each
 * reading. The last one stays.
 *
 * @param roundTrip how long each query takes; like `differences` in milliseconds
 */
const createClocks = (differences: readonly (number | null)[], roundTrip = 0) => {
  const warnings: string[] = [];
  const remaining = [...differences];
  const clock = createClock({
    async readDatabaseTime() {
      vi.advanceTimersByTime(roundTrip / 2);
      const difference = (remaining.length > 1 ? remaining.shift() : remaining[0]) ?? null;
      const databaseTime = difference === null ? null : Date.now() + difference;
      vi.advanceTimersByTime(roundTrip / 2);
      return databaseTime;
    },
    warn: (message) => warnings.push(message),
  });
  return { clock, warnings };
};

describe('the clock', () => {
  it('has the time of this server until it is synchronised', () => {
    expect(createClocks([30_000]).clock.now()).toBe(NOON);
  });

  it.each([
    [-30_000, '30000 ms ahead of'],
    [30_000, '30000 ms behind'],
    [5_000_000, '5000000 ms behind'],
    [DAY, `${DAY} ms behind`],
    [-DAY, `${DAY} ms ahead of`],
  ])('has the time of the database, which differs by %i ms', async (difference, warning) => {
    const { clock, warnings } = createClocks([difference]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + difference);
    expect(warnings).toEqual([expect.stringContaining(`${warning} that of the database`)]);
  });

  it('assumes that the database read its clock halfway through the query', async () => {
    const { clock } = createClocks([30_000], 800);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + 30_000);
  });

  it('ignores a small difference, without a warning', async () => {
    const { clock, warnings } = createClocks([900]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
    expect(warnings).toEqual([]);
  });

  it('ignores a difference that the duration of the query can explain', async () => {
    const { clock } = createClocks([2500], 4000);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
  });

  it('is corrected by a difference that is longer than a slow query', async () => {
    const { clock } = createClocks([30_000], 4000);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + 30_000);
  });

  it('has the time of this server when the database has no clock', async () => {
    const { clock } = createClocks([null]);

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now());
  });

  it('warns once while the difference stays the same, and again when it changes', async () => {
    const { clock, warnings } = createClocks([30_000, 30_000, 30_000, 30_010, 0]);

    await clock.synchronise();
    await clock.synchronise();
    expect(warnings).toHaveLength(1);
    expect(clock.now()).toBe(Date.now() + 30_000);

    await clock.synchronise();
    expect(warnings).toHaveLength(2);
    expect(clock.now()).toBe(Date.now());
  });

  it.each([
    ['is not a number', [NaN]],
    ['is not a number once', [30_000, NaN, 30_000]],
    ['is infinite', [Infinity]],
    ['is more than a day ahead', [DAY + 1]],
    ['is more than a day behind', [-DAY - 1]],
    ['differs between readings', [30_000, 0, 0]],
    ['differs at the last reading', [30_000, 30_000, 60_000]],
  ])('keeps its time, with one warning, if that of the database %s', async (_name, readings) => {
    const { clock, warnings } = createClocks([...readings, ...readings]);

    await clock.synchronise();
    expect(clock.now()).toBe(Date.now());
    expect(warnings).toEqual([expect.stringContaining('are ignored: set both clocks')]);

    await clock.synchronise();
    expect(clock.now()).toBe(Date.now());
    expect(warnings).toHaveLength(1);
  });

  it('keeps its correction while the time of the database is not credible', async () => {
    const { clock, warnings } = createClocks([30_000, 30_000, 30_000, NaN, NaN, NaN, 30_000, NaN]);

    await clock.synchronise();
    await clock.synchronise();
    expect(clock.now()).toBe(Date.now() + 30_000);
    expect(warnings).toHaveLength(2);

    await clock.synchronise();
    await clock.synchronise();
    expect(clock.now()).toBe(Date.now() + 30_000);
    expect(warnings).toHaveLength(3);
  });

  it('uses the quickest of the three readings', async () => {
    const roundTrips = [800, 20, 400];
    const clock = createClock({
      async readDatabaseTime() {
        const roundTrip = roundTrips.shift() ?? 0;
        const databaseTime = Date.now() + 30_000;
        vi.advanceTimersByTime(roundTrip);
        return databaseTime;
      },
      warn: () => undefined,
    });

    await clock.synchronise();

    expect(clock.now()).toBe(Date.now() + 30_000 - 10);
  });

  it('rejects when the query fails, and keeps its time', async () => {
    const clock = createClock({
      readDatabaseTime: () => Promise.reject(new Error('gone')),
      warn: () => undefined,
    });

    await expect(clock.synchronise()).rejects.toThrow('gone');
    expect(clock.now()).toBe(NOON);
  });
});
