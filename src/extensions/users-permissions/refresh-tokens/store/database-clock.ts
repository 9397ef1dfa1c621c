import type { Core } from '@strapi/strapi';

/** SQL for milliseconds since the epoch; independent of the time zones of server and connection. */
const NOW: Readonly<Record<string, string>> = {
  postgres: 'extract(epoch from clock_timestamp()) * 1000',
  mysql: "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1000",
};

/**
 * Creates the function that reads the time of the database in milliseconds. It returns null for SQLite,
 * which runs in this process.
 */
export const createDatabaseTimeReader =
  ({ connection, dialect }: Core.Strapi['db']) =>
  async (): Promise<number | null> => {
    const now = NOW[dialect.client];
    if (now === undefined) return null;
    const [row] = await connection.select<{ now: unknown }[]>({ now: connection.raw(now) });
    return row ? Number(row.now) : null;
  };
