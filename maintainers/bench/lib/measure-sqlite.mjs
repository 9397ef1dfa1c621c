import { startInstance } from './instance.mjs';
import { progress } from './progress.mjs';
import { measureRounds } from './rounds.mjs';
import { createSqliteDatabase } from './sqlite.mjs';

const INSTANCES = [
  { variant: 'project', state: 'empty' },
  { variant: 'strapi', state: 'empty' },
];

/** Measures every figure that is taken on SQLite, in WAL mode for both. */
export const measureSqlite = async ({ apps, options, folder, cleanUp }) => {
  progress(`SQLite: starting ${INSTANCES.length} servers`);
  const instances = await Promise.all(
    INSTANCES.map(async (kind) => {
      const database = await createSqliteDatabase(kind.variant, folder);
      const { clients } = options;
      return startInstance(kind, { app: apps[kind.variant], database, clients, cleanUp });
    }),
  );
  await Promise.all(instances.map((instance) => instance.loginAll()));

  const refreshes = await measureRounds(
    'SQLite: refreshes',
    instances,
    (person) => person.refresh(),
    options,
  );
  return Object.fromEntries(
    instances.map(({ variant }, index) => [variant, { refresh: refreshes[index] }]),
  );
};
