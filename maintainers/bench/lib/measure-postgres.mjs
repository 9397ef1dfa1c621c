import { countRows, countStatements, countUpdates, measureRowSize } from './counts.mjs';
import { startInstance } from './instance.mjs';
import { measurePgbench } from './pgbench.mjs';
import { createPostgresDatabase } from './postgres.mjs';
import { progress } from './progress.mjs';
import { measureLogins, measureRounds } from './rounds.mjs';
import { createStoredTokens, insertSessions } from './stored-sessions.mjs';
import { createInstanceList, isMeasured, LOADS, VARIANTS } from './variants.mjs';

/** The loads that are measured in rounds. */
const ROUNDS = ['refresh', 'account', 'photos'];

/** Starts the servers one after another: all at once, a slow machine needs minutes until the first listens. */
const startAll = async ({ apps, options, cleanUp }) => {
  const { clients: clientCount } = options;
  const instances = [];
  for (const { variant, state } of createInstanceList(apps)) {
    progress(`PostgreSQL: starting ${variant}, ${state} table`);
    const name = `strapi_bench_${process.pid}_${variant}_${state}`;
    const database = await createPostgresDatabase(name, cleanUp);
    instances.push(
      await startInstance({ variant, state }, { apps, database, clientCount, cleanUp }),
    );
  }
  return instances;
};

/** Fills the tables. Resolves to the bytes of a row of each variant. */
const fillTables = async (instances, rows) => {
  progress(`PostgreSQL: storing ${rows} rows in each full table`);
  const sizes = [];
  for (const instance of instances) {
    await insertSessions(instance.variant, instance.database, rows);
    await instance.database.settle();
    sizes.push(await measureRowSize(instance));
  }
  return sizes;
};

const countAllStatements = async (instance) => {
  const counts = {};
  for (const [load, send] of Object.entries(LOADS)) {
    if (isMeasured(load, instance)) counts[load] = await countStatements(instance, send);
  }
  return counts;
};

/** Measures refreshes of stored sessions: each refreshes once, in an order that is spread over the table. */
const measureSpread = async (instance, { rows, seconds, warmUp }) => {
  const next = createStoredTokens(instance.refreshSecret, rows);
  const before = await countUpdates(instance);
  const figures = await instance.measureLoad((client) => client.refreshWith(next()), {
    seconds,
    warmUp,
  });
  const after = await countUpdates(instance);
  const inPlace = (after.inPlace - before.inPlace) / (after.all - before.all);
  return { ...figures, inPlace };
};

/**
 * Measures all figures on PostgreSQL. Resolves to the figures by variant, and of pgbench: those of a load by its name,
 * with a full table by its name and `Full`.
 */
export const measurePostgres = async ({ apps, options, folder, cleanUp }) => {
  const instances = await startAll({ apps, options, cleanUp });
  const measured = (load) => instances.filter((instance) => isMeasured(load, instance));
  const full = instances.filter(({ state }) => state === 'full');
  const empty = instances.filter(({ state }) => state === 'empty');
  const result = Object.fromEntries(Object.keys(VARIANTS).map((variant) => [variant, undefined]));
  const store = (some, name, figures) =>
    some.forEach(({ variant, state }, index) => {
      const key = state === 'full' && name in LOADS ? `${name}Full` : name;
      result[variant] = { ...result[variant], [key]: figures[index] };
    });

  store(full, 'rowBytes', await fillTables(full, options.rows));

  progress('PostgreSQL: logins');
  const withLogins = measured('login');
  store(withLogins, 'login', await measureLogins(withLogins, options.logins));
  const others = instances.filter((instance) => !withLogins.includes(instance));
  await Promise.all(others.map((instance) => instance.loginAll()));

  for (const load of ROUNDS) {
    const some = measured(load);
    store(some, load, await measureRounds(`PostgreSQL: ${load}`, some, LOADS[load], options));
  }

  progress('PostgreSQL: refreshes spread over all stored sessions');
  const fullProject = full.find(({ variant }) => variant === 'project');
  const updates = await countUpdates(fullProject);
  result.project.refreshFull.inPlace = updates.inPlace / updates.all;
  result.project.refreshSpread = await measureSpread(fullProject, options);

  progress('PostgreSQL: statements and rows');
  store(empty, 'statements', await Promise.all(empty.map(countAllStatements)));
  store(withLogins, 'rowsPerThousand', await Promise.all(withLogins.map(countRows)));

  const project = empty.find(({ variant }) => variant === 'project');
  result.pgbench = await measurePgbench(project, { folder, seconds: options.seconds });
  return Object.fromEntries(Object.entries(result).filter(([, figures]) => figures));
};
