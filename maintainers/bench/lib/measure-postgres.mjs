import { countRows, countStatements, countUpdates, measureRowSize } from './counts.mjs';
import { startInstance } from './instance.mjs';
import { createPostgresDatabase } from './postgres.mjs';
import { progress } from './progress.mjs';
import { measureLogins, measureRounds } from './rounds.mjs';
import { createStoredTokens, fill } from './stored-sessions.mjs';

const INSTANCES = [
  { variant: 'project', state: 'empty' },
  { variant: 'strapi', state: 'empty' },
  { variant: 'stateless', state: 'empty' },
  { variant: 'floor', state: 'empty' },
  { variant: 'project', state: 'full' },
  { variant: 'strapi', state: 'full' },
];

const refresh = (person) => person.refresh();
const me = (person) => person.me();

const startAll = async ({ apps, options, cleanUp }) => {
  progress(
    `Postgres: starting ${INSTANCES.length} servers, registering ${options.clients} users each`,
  );
  return Promise.all(
    INSTANCES.map(async (kind) => {
      const name = `strapi_bench_${process.pid}_${kind.variant}_${kind.state}`;
      const database = await createPostgresDatabase(name, cleanUp);
      const { clients } = options;
      return startInstance(kind, { app: apps[kind.variant], database, clients, cleanUp });
    }),
  );
};

const countAllStatements = async (instances) => {
  const counted = [];
  for (const instance of instances) {
    counted.push({
      refresh: await countStatements(instance, refresh),
      authenticated: await countStatements(instance, me),
      login: await countStatements(instance, (person) => person.login()),
    });
  }
  return counted;
};

/** Every refresh is one of another stored session, all over the table. */
const measureSpread = async (instance, { rows, seconds, warmUp }) => {
  const next = createStoredTokens(instance.refreshSecret, rows);
  const before = await countUpdates(instance);
  const figures = await instance.drive((person) => person.refreshWith(next()), { seconds, warmUp });
  const after = await countUpdates(instance);
  const inPlace = (after.inPlace - before.inPlace) / (after.every - before.every);
  return { ...figures, inPlace };
};

/** Measures every figure that is taken on Postgres. */
export const measurePostgres = async ({ apps, options, cleanUp }) => {
  const instances = await startAll({ apps, options, cleanUp });
  const [project, strapi, stateless, floor, fullProject, fullStrapi] = instances;
  const result = { project: {}, strapi: {}, stateless: {}, floor: {} };
  const store = (measured, name, figures) =>
    measured.forEach(({ variant }, index) => {
      result[variant][name] = figures[index];
    });

  progress(`Postgres: storing ${options.rows} rows in each full table`);
  for (const instance of [fullProject, fullStrapi]) {
    await fill(instance.variant, instance.database, options.rows);
    await instance.database.settle();
    result[instance.variant].rowBytes = await measureRowSize(instance);
  }

  progress('Postgres: logins');
  const answering = [project, strapi, stateless];
  store(answering, 'login', await measureLogins(answering, options.logins));
  await Promise.all([floor, fullProject, fullStrapi].map((instance) => instance.loginAll()));

  const refreshes = await measureRounds('Postgres: refreshes', instances, refresh, options);
  store(instances.slice(0, 4), 'refresh', refreshes);
  store([fullProject, fullStrapi], 'refreshFull', refreshes.slice(4));
  const requests = await measureRounds('Postgres: requests', answering, me, options);
  store(answering, 'authenticated', requests);

  progress('Postgres: refreshes spread over all stored sessions');
  const updates = await countUpdates(fullProject);
  result.project.refreshFull.inPlace = updates.inPlace / updates.every;
  result.project.refreshSpread = await measureSpread(fullProject, options);

  progress('Postgres: statements and rows');
  store(instances.slice(0, 4), 'statements', await countAllStatements(instances.slice(0, 4)));
  store(answering, 'rowsPerThousand', await Promise.all(answering.map(countRows)));
  return result;
};
