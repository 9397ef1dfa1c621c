/** What is counted of one day. Sessions are purged; this stays. */
export interface Tally {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly logins: number;
  readonly reuses: number;
}

/** What the tally needs of a database. */
export interface TallyStore {
  /** Adds to what is stored of this day, in one statement, safely on several instances at once. */
  add(tally: Tally): Promise<void>;
  /** The tallies of this day and later ones, in no order. Days without any are missing. */
  findSince(day: string): Promise<Tally[]>;
}

const DAY = 24 * 60 * 60 * 1000;

/** @param time milliseconds since the epoch */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The last so many days up to this moment, oldest first. */
export const daysUntil = (now: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => dayOf(now - (count - 1 - index) * DAY));

/** Adds up what is counted of one day in several places. */
export const sumOf = (day: string, tallies: readonly Tally[]): Tally =>
  tallies
    .filter((tally) => tally.day === day)
    .reduce(
      (sum, { logins, reuses }) => ({
        day,
        logins: sum.logins + Number(logins),
        reuses: sum.reuses + Number(reuses),
      }),
      { day, logins: 0, reuses: 0 },
    );
