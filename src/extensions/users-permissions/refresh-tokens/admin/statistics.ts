import type { SessionSql } from './sql-sessions';
import { dayOf, type Tallies } from './sql-tallies';

const DAY = 24 * 60 * 60 * 1000;
const DAYS = 30;
const TOP_DEVICES = 5;
/** How long the figures hold, in milliseconds: counting the live sessions reads them all. */
const LIFETIME = 60 * 1000;

interface StatisticsDependencies {
  readonly sql: Pick<SessionSql, 'countLiveByDevice' | 'countReuses'>;
  readonly findTallies: Tallies['findSince'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Returns the last so many days up to this moment, oldest first. */
export const daysUntil = (now: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => dayOf(now - (count - 1 - index) * DAY));

/** Creates what computes the figures: three statements, at most once a minute. */
export const createStatistics = ({ sql, findTallies, now }: StatisticsDependencies) => {
  const compute = async (at: number) => {
    const days = daysUntil(at, DAYS);
    const [devices, reuses, tallies] = await Promise.all([
      sql.countLiveByDevice(at),
      sql.countReuses(at - DAY),
      findTallies(days[0] ?? ''),
    ]);
    const byDay = new Map(tallies.map((tally) => [tally.day, tally]));
    return {
      live: devices.reduce((sum, { sessions }) => sum + sessions, 0),
      reusesLast24Hours: reuses,
      days: days.map((date) => {
        const { logins = 0, reuses: reused = 0 } = byDay.get(date) ?? {};
        return { date, logins, reuses: reused };
      }),
      devices: devices.slice(0, TOP_DEVICES),
      computedAt: new Date(at).toISOString(),
    };
  };

  let latest: { at: number; statistics: ReturnType<typeof compute> } | undefined;
  const forget = (): void => {
    latest = undefined;
  };

  return {
    /** Returns the figures, up to a minute old. Calls while they are computed get the same promise. */
    read(): ReturnType<typeof compute> {
      const at = now();
      if (latest && at >= latest.at && at - latest.at < LIFETIME) return latest.statistics;
      const statistics = compute(at);
      const computing = { at, statistics };
      latest = computing;
      statistics.catch(() => {
        if (latest === computing) forget();
      });
      return statistics;
    },

    /** Has the next `read` compute the figures again: something has just changed them. */
    forget,
  };
};

export type StatisticsService = ReturnType<typeof createStatistics>;
