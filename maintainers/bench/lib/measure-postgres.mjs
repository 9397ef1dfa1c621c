import { countRows, countStatements, countUpdates, measureRowSize } from './counts.mjs';
import { startInstance } from './instance.mjs';
import { createPostgresDatabase } from './postgres.mjs';
import { progress } from './progress.mjs';
import { measureLogins, measureRounds } from './rounds.mjs';
import { createStoredTokens, insertSessions } from './stored-sessions.mjs';

const INSTANCES = [
  { variant: 'project', state: 'empty' },
  { variant: 'strapi', state: 'empty' },
  { variant: 'stateless', state: 'empty' },
  { variant: 'floor', state: 'empty' },
  { variant: 'project', state: 'full' },
  { variant: 'strapi', state: 'full' },
];

const refresh = (client) => client.refresh();
const fetchOwnAccount = (client) => client.fetchOwnAccount();

const startAll = async ({ apps, options, cleanUp }) => {
  const { clients: clientCount } = options;
  progress(
    `PostgreSQL: starting ${INSTANCES.length} servers, registering ${clientCount} users each`,
  );
  return Promise.all(
    INSTANCES.map(async (kind) => {
      const name = `strapi_bench_${process.pid}_${kind.variant}_${kind.state}`;
      const database = await createPostgresDatabase(name, cleanUp);
      return startInstance(kind, { app: apps[kind.variant], database, clientCount, cleanUp });
    }),
  );
};

const countAllStatements = async (instances) => {
  const counted = [];
  for (const instance of instances) {
    counted.push({
      refresh: await countStatements(instance, refresh),
      authenticated: await countStatements(instance, fetchOwnAccount),
      login: await countStatements(instance, (client) => client.login()),
    });
  }
  return counted;
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

/** Measures all figures on PostgreSQL. */
export const measurePostgres = async ({ apps, options, cleanUp }) => {
  const instances = await startAll({ apps, options, cleanUp });
  const [project, strapi, stateless, floor, fullProject, fullStrapi] = instances;
  const result = { project: {}, strapi: {}, stateless: {}, floor: {} };
  const store = (measured, name, figures) =>
    measured.forEach(({ variant }, index) => {
      result[variant][name] = figures[index];
    });

  progress(`PostgreSQL: storing ${options.rows} rows in each full table`);
  for (const instance of [fullProject, fullStrapi]) {
    await insertSessions(instance.variant, instance.database, options.rows);
    await instance.database.settle();
    result[instance.variant].rowBytes = await measureRowSize(instance);
  }

  progress('PostgreSQL: logins');
  const loginVariants = [project, strapi, stateless];
  store(loginVariants, 'login', await measureLogins(loginVariants, options.logins));
  await Promise.all([floor, fullProject, fullStrapi].map((instance) => instance.loginAll()));

  const refreshes = await measureRounds('PostgreSQL: refreshes', instances, refresh, options);
  store(instances.slice(0, 4), 'refresh', refreshes);
  store([fullProject, fullStrapi], 'refreshFull', refreshes.slice(4));
  const requests = await measureRounds(
    'PostgreSQL: requests',
    loginVariants,
    fetchOwnAccount,
    options,
  );
  store(loginVariants, 'authenticated', requests);

  progress('PostgreSQL: refreshes spread over all stored sessions');
  const updates = await countUpdates(fullProject);
  result.project.refreshFull.inPlace = updates.inPlace / updates.all;
  result.project.refreshSpread = await measureSpread(fullProject, options);

  progress('PostgreSQL: statements and rows');
  store(instances.slice(0, 4), 'statements', await countAllStatements(instances.slice(0, 4)));
  store(loginVariants, 'rowsPerThousand', await Promise.all(loginVariants.map(countRows)));
  return result;
};
