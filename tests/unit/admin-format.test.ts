import { describe, expect, it } from 'vitest';
import { distance, evenlySpaced, percentage } from '../../src/admin/sessions/format';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 24);

describe('distance', () => {
  it.each([
    ['now', 0, { value: 0, unit: 'second' }],
    ['less than a second ago', -999, { value: 0, unit: 'second' }],
    ['a second ago', -SECOND, { value: -1, unit: 'second' }],
    ['just under a minute ago', -MINUTE + 1, { value: -59, unit: 'second' }],
    ['a minute ago', -MINUTE, { value: -1, unit: 'minute' }],
    ['an hour and a half ago', -1.5 * HOUR, { value: -1, unit: 'hour' }],
    ['in two days', 2 * DAY, { value: 2, unit: 'day' }],
    ['29 days ago', -29 * DAY, { value: -29, unit: 'day' }],
    ['30 days ago', -30 * DAY, { value: -1, unit: 'month' }],
    ['more than a year ago', -400 * DAY, { value: -1, unit: 'year' }],
  ])('uses the longest unit that fits: %s', (_, difference, expected) => {
    expect(distance(NOW + difference, NOW)).toEqual(expected);
  });
});

describe('evenlySpaced', () => {
  const days = Array.from({ length: 30 }, (_, index) => String(index));

  it('returns at most the given number of dates, evenly spaced, and always the last one', () => {
    expect(evenlySpaced(days, 5)).toEqual(['5', '11', '17', '23', '29']);
  });

  it('returns all dates when there are few', () => {
    expect(evenlySpaced(['a', 'b'], 5)).toEqual(['a', 'b']);
    expect(evenlySpaced([], 5)).toEqual([]);
  });
});

describe('percentage', () => {
  it.each([
    [1, 3, 33],
    [3, 3, 100],
    [0, 3, 0],
    [0, 0, 0],
  ])('%d of %d is %d', (part, whole, expected) => {
    expect(percentage(part, whole)).toBe(expected);
  });
});
