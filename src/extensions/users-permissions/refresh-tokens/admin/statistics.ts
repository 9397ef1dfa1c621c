import type { SessionOverview } from './overview';
import { daysUntil, sumOf, type Tally, type TallyStore } from './tally-days';

const DAY = 24 * 60 * 60 * 1000;
const DAYS = 30;
const TOP_DEVICES = 5;
/** How long the figures hold: counting the live sessions reads them all. In milliseconds. */
const LIFETIME = 60 * 1000;

/** Figures over all sessions, as administrators see them. */
export interface Statistics {
  readonly live: number;
  readonly reusesLast24Hours: number;
  /** The last 30 days in UTC, oldest first. */
  readonly days: readonly {
    readonly date: string;
    readonly logins: number;
    readonly reuses: number;
  }[];
  /** The five devices with the most live sessions. */
  readonly devices: readonly { readonly deviceName: string | null; readonly sessions: number }[];
  /** ISO 8601. */
  readonly computedAt: string;
}

interface StatisticsDependencies {
  readonly survey: SessionOverview['survey'];
  readonly findTallies: TallyStore['findSince'];
  /** What this instance has counted and not stored yet. */
  readonly pendingTallies: () => readonly Tally[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes the figures: two statements, at most once a minute. */
export const createStatistics = ({
  survey,
  findTallies,
  pendingTallies,
  now,
}: StatisticsDependencies) => {
  let latest: { readonly at: number; readonly statistics: Promise<Statistics> } | undefined;

  const compute = async (at: number): Promise<Statistics> => {
    const days = daysUntil(at, DAYS);
    const [{ devices, reuses }, stored] = await Promise.all([
      survey(at, at - DAY),
      findTallies(days[0] ?? ''),
    ]);
    const tallies = [...stored, ...pendingTallies()];
    return {
      live: devices.reduce((sum, { sessions }) => sum + sessions, 0),
      reusesLast24Hours: reuses,
      days: days.map((day) => {
        const { logins, reuses: reused } = sumOf(day, tallies);
        return { date: day, logins, reuses: reused };
      }),
      devices: devices.slice(0, TOP_DEVICES),
      computedAt: new Date(at).toISOString(),
    };
  };

  const forget = (): void => {
    latest = undefined;
  };

  return {
    /** The figures, up to a minute old. Who asks while they are computed waits for the same ones. */
    read(): Promise<Statistics> {
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

    /** Has the figures computed anew, where something has just changed them. */
    forget,
  };
};

export type StatisticsService = ReturnType<typeof createStatistics>;
