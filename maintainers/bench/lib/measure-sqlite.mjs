import { startInstance } from './instance.mjs';
import { progress } from './progress.mjs';
import { measureRounds } from './rounds.mjs';
import { createSqliteDatabase } from './sqlite.mjs';
import { LOADS } from './variants.mjs';

const INSTANCES = [
  { variant: 'project', state: 'empty' },
  { variant: 'strapi', state: 'empty' },
];

/** Measures all figures on SQLite, in WAL mode for both variants. */
export const measureSqlite = async ({ apps, options, folder, cleanUp }) => {
  const { clients: clientCount } = options;
  progress(`SQLite: starting ${INSTANCES.length} servers`);
  const instances = await Promise.all(
    INSTANCES.map(async (kind) => {
      const database = await createSqliteDatabase(kind.variant, folder);
      return startInstance(kind, { apps, database, clientCount, cleanUp });
    }),
  );
  await Promise.all(instances.map((instance) => instance.loginAll()));

  const refreshes = await measureRounds('SQLite: refresh', instances, LOADS.refresh, options);
  return Object.fromEntries(
    instances.map(({ variant }, index) => [variant, { refresh: refreshes[index] }]),
  );
};
