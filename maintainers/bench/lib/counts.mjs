import { setTimeout } from 'node:timers/promises';
import { median } from './statistics.mjs';

const REPEATS = 5;
const REFRESHES = 1000;
/** Postgres tells what a connection has done about a second later. */
const STATISTICS_DELAY = 1500;

/** SQL statements that one request takes. */
export const countStatements = async ({ people: [person], usage }, run) => {
  const counts = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = await usage();
    await run(person);
    counts.push((await usage()).statements - before.statements);
  }
  return median(counts);
};

/** Rows that a login and a thousand refreshes of it leave behind. */
export const countRows = async ({ database, table, people: [person] }) => {
  const count = async () => {
    const [{ rows }] = await database.query(`select count(*)::int as rows from ${table}`);
    return rows;
  };
  const before = await count();
  await person.login();
  for (let done = 0; done < REFRESHES; done += 1) await person.refresh();
  return (await count()) - before;
};

/** Updates of rows, and those of them that touched no index. */
export const countUpdates = async ({ database, table }) => {
  await setTimeout(STATISTICS_DELAY);
  const [updates] = await database.query(
    `select n_tup_upd::int as every, n_tup_hot_upd::int as "inPlace"
       from pg_stat_user_tables where relname = '${table}'`,
  );
  return updates;
};

/** Bytes that a stored row takes, in the table and in its indexes. */
export const measureRowSize = async ({ database, table }) => {
  const [sizes] = await database.query(
    `select count(*)::float8 as rows, pg_relation_size('${table}')::float8 as "table",
            pg_indexes_size('${table}')::float8 as indexes,
            pg_total_relation_size('${table}')::float8 as total from ${table}`,
  );
  const { rows, ...bytes } = sizes;
  return Object.fromEntries(Object.entries(bytes).map(([part, size]) => [part, size / rows]));
};
