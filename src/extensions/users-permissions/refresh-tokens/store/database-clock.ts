import type { Core } from '@strapi/strapi';

/** Milliseconds since the epoch, whatever time zone the server is set to. */
const NOW: Readonly<Record<string, string>> = {
  postgres: 'extract(epoch from clock_timestamp()) * 1000',
  mysql: "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1000",
};

/**
 * Makes what reads the time of the database: milliseconds, or null for SQLite, which is on this very
 * machine.
 */
export const createDatabaseClock =
  ({ connection, dialect }: Core.Strapi['db']) =>
  async (): Promise<number | null> => {
    const now = NOW[dialect.client];
    if (now === undefined) return null;
    const [row] = await connection.select<{ now: unknown }[]>({ now: connection.raw(now) });
    return row ? Number(row.now) : null;
  };
