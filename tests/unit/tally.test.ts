import { describe, expect, it } from 'vitest';
import {
  daysUntil,
  type Tally,
} from '../../src/extensions/users-permissions/refresh-tokens/admin/tally-days';
import {
  createTallyFlush,
  createTallyKeeper,
  createTallyTask,
} from '../../src/extensions/users-permissions/refresh-tokens/admin/tally-keeper';
import { createTestClock } from '../helpers/clock';

const NOON = Date.UTC(2030, 0, 1, 12);
const DAY = 24 * 60 * 60 * 1000;

const createWorld = () => {
  const clock = createTestClock(NOON);
  const stored: Tally[] = [];
  let fault: Error | undefined;
  const keeper = createTallyKeeper(
    {
      add: async (tally) => {
        if (fault) throw fault;
        stored.push(tally);
      },
    },
    clock.now,
  );
  return {
    clock,
    stored,
    keeper,
    failWith: (error: Error | undefined) => {
      fault = error;
    },
  };
};

describe('the tally', () => {
  it('is kept by day, in UTC, until it is stored', async () => {
    const { clock, keeper, stored } = createWorld();
    keeper.count('logins');
    keeper.count('logins');
    keeper.count('reuses');
    clock.advance(DAY / 2);
    keeper.count('logins');

    const days = [
      { day: '2030-01-01', logins: 2, reuses: 1 },
      { day: '2030-01-02', logins: 1, reuses: 0 },
    ];
    expect(keeper.pending()).toEqual(days);
    await keeper.flush();
    expect(stored).toEqual(days);
    expect(keeper.pending()).toEqual([]);
  });

  it('stays pending while the database is away, with what comes meanwhile', async () => {
    const { keeper, stored, failWith } = createWorld();
    const warnings: string[] = [];
    const flush = createTallyFlush(keeper, (warning) => warnings.push(warning));
    const { task } = createTallyTask(flush).storeSessionTally;
    keeper.count('logins');
    failWith(new Error('connection refused'));
    await task();
    keeper.count('logins');
    failWith(undefined);
    await task();

    expect(warnings).toEqual(['Session tally not stored: connection refused']);
    expect(stored).toEqual([{ day: '2030-01-01', logins: 2, reuses: 0 }]);
  });

  it('stores nothing when nothing has happened', async () => {
    const { keeper, stored } = createWorld();
    await keeper.flush();
    expect(stored).toEqual([]);
  });
});

describe('the days of a chart', () => {
  it('end today, across months and years', () => {
    expect(daysUntil(NOON, 3)).toEqual(['2029-12-30', '2029-12-31', '2030-01-01']);
  });
});
