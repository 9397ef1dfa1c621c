const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** The units of `Intl.RelativeTimeFormat` that are used, longest first, in milliseconds. */
const UNITS = [
  ['year', YEAR],
  ['month', MONTH],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/** A difference in time, as `formatRelativeTime` of react-intl takes it. */
export interface Distance {
  /** Negative: in the past. */
  readonly value: number;
  readonly unit: (typeof UNITS)[number][0];
}

/**
 * Returns the distance from now to a moment, in the longest unit that fits into it at least once.
 *
 * @param moment milliseconds since 1970
 * @param now milliseconds since 1970
 */
export const distance = (moment: number, now: number): Distance => {
  const difference = moment - now;
  for (const [unit, length] of UNITS) {
    const value = Math.trunc(difference / length);
    if (value !== 0) return { value, unit };
  }
  return { value: 0, unit: 'second' };
};

/**
 * Returns the dates that get a label on the axis of a chart: evenly spaced, the last date among them.
 *
 * @param count the maximum number of labels
 */
export const evenlySpaced = (dates: readonly string[], count: number): string[] => {
  const step = Math.max(1, Math.ceil(dates.length / count));
  return dates.filter((_, index) => (dates.length - 1 - index) % step === 0);
};

/** Returns a part of a whole in percent, rounded. 0 when the whole is 0. */
export const percentage = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((100 * part) / whole);
