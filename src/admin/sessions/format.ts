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

/** A distance in time, as `formatRelativeTime` of react-intl takes it. */
export interface Distance {
  /** Below zero: in the past. */
  readonly value: number;
  readonly unit: (typeof UNITS)[number][0];
}

/**
 * How far a moment is away, in the longest unit of which there is a whole one.
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
  // `-0` would be "0 seconds ago", and 0 "in 0 seconds"; with `numeric: 'auto'` both are "now".
  return { value: 0, unit: 'second' };
};

/**
 * The days of a chart that get a label: some, evenly spread, the last one among them.
 *
 * @param count how many at most
 */
export const labelled = (dates: readonly string[], count: number): string[] => {
  const step = Math.max(1, Math.ceil(dates.length / count));
  return dates.filter((_, index) => (dates.length - 1 - index) % step === 0);
};

/** How many of the whole, as a number from 0 to 100. Nothing of nothing is 0. */
export const percentage = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((100 * part) / whole);
