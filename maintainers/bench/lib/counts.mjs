import { setTimeout } from 'node:timers/promises';
import minBy from 'lodash/minBy.js';
import { median } from './statistics.mjs';

const REPEATS = 5;
const REFRESHES = 1000;
/** PostgreSQL updates pg_stat_user_tables about a second late (its manual, "The Cumulative Statistics System"). */
const STATISTICS_DELAY = 1500;

/** Sends a request several times. Resolves to the SQL statements of each time. */
const recordStatements = async ({ clients: [client], usage }, run) => {
  const recorded = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = await usage();
    await run(client);
    const after = await usage();
    const count = after.statements - before.statements;
    recorded.push(count === 0 ? [] : after.recent.slice(-count));
  }
  return recorded;
};

/** Returns how many SQL statements one request takes: the median of several. */
export const countStatements = async (instance, run) =>
  median((await recordStatements(instance, run)).map(({ length }) => length));

/**
 * Returns the SQL statements of one request, `{ text, values }` each: the fewest of several times, because jobs of the
 * server run statements between them.
 */
export const readStatements = async (instance, run) =>
  minBy(await recordStatements(instance, run), 'length');

/** Returns how many rows a login and a thousand refreshes of its session leave behind. */
export const countRows = async ({ database, table, clients: [client] }) => {
  const count = async () => {
    const [{ rows }] = await database.query(`select count(*)::int as rows from ${table}`);
    return rows;
  };
  const before = await count();
  await client.login();
  for (let done = 0; done < REFRESHES; done += 1) await client.refresh();
  return (await count()) - before;
};

/** Returns how many updates of rows there were, and how many of them wrote to no index (heap-only, HOT). */
export const countUpdates = async ({ database, table }) => {
  await setTimeout(STATISTICS_DELAY);
  const [updates] = await database.query(
    `select n_tup_upd::int as "all", n_tup_hot_upd::int as "inPlace"
       from pg_stat_user_tables where relname = '${table}'`,
  );
  return updates;
};

/** Returns the bytes of a stored row: in the table, in its indexes, and in all. */
export const measureRowSize = async ({ database, table }) => {
  const [sizes] = await database.query(
    `select count(*)::float8 as rows, pg_relation_size('${table}')::float8 as "table",
            pg_indexes_size('${table}')::float8 as indexes,
            pg_total_relation_size('${table}')::float8 as total from ${table}`,
  );
  const { rows, ...bytes } = sizes;
  return Object.fromEntries(Object.entries(bytes).map(([part, size]) => [part, size / rows]));
};
