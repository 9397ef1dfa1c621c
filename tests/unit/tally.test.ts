import type { Core } from '@strapi/strapi';
import { describe, expect, it } from 'vitest';
import { createTallies } from '../../src/extensions/users-permissions/refresh-tokens/admin/sql-tallies';
import { daysUntil } from '../../src/extensions/users-permissions/refresh-tokens/admin/statistics';
import { createTestClock } from '../helpers/clock';

const NOON = Date.UTC(2030, 0, 1, 12);
const DAY = 24 * 60 * 60 * 1000;

/** Tallies on a fake database, whose writes end or fail when the test says so. */
const createFixture = () => {
  const clock = createTestClock(NOON);
  const warnings: string[] = [];
  const writes: { row: unknown; end: (error?: Error) => void }[] = [];
  const merge = (row: unknown) =>
    new Promise<void>((resolve, reject) => {
      writes.push({ row, end: (error) => (error ? reject(error) : resolve()) });
    });
  const db = {
    metadata: new Map([['plugin::users-permissions.session-tally', { tableName: 'tallies' }]]),
    connection: { raw: () => undefined },
    getConnection: () => ({
      insert: (row: unknown) => ({ onConflict: () => ({ merge: () => merge(row) }) }),
    }),
  } as unknown as Core.Strapi['db'];
  const warn = (message: string) => warnings.push(message);
  return { clock, warnings, writes, tallies: createTallies({ db, now: clock.now, warn }) };
};

describe('createTallies', () => {
  it('writes one count at a time, each for the day (UTC) on which it was counted', async () => {
    const { clock, writes, tallies } = createFixture();
    tallies.count('logins');
    clock.advance(DAY / 2);
    tallies.count('reuses');

    await expect.poll(() => writes).toHaveLength(1);
    writes[0]?.end();
    await expect.poll(() => writes).toHaveLength(2);

    expect(writes.map(({ row }) => row)).toEqual([
      { day: '2030-01-01', logins: 1, reuses: 0 },
      { day: '2030-01-02', logins: 0, reuses: 1 },
    ]);
  });

  it('settles after the writes in flight, and goes on after one that failed', async () => {
    const { writes, warnings, tallies } = createFixture();
    const order: string[] = [];
    tallies.count('logins');
    tallies.count('logins');
    const settled = tallies.settled().then(() => order.push('settled'));

    await expect.poll(() => writes).toHaveLength(1);
    writes[0]?.end(new Error('connection refused'));
    await expect.poll(() => writes).toHaveLength(2);
    order.push('last write');
    writes[1]?.end();
    await settled;

    expect(warnings).toEqual(['Session tally not stored: connection refused']);
    expect(order).toEqual(['last write', 'settled']);
  });
});

describe('daysUntil', () => {
  it('returns days up to today, across months and years', () => {
    expect(daysUntil(NOON, 3)).toEqual(['2029-12-30', '2029-12-31', '2030-01-01']);
  });
});
