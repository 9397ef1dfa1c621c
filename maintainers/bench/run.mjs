import { createWorkFolder, prepareApps } from './lib/apps.mjs';
import { createCleanUp } from './lib/clean-up.mjs';
import { describeMachine } from './lib/machine.mjs';
import { measurePostgres } from './lib/measure-postgres.mjs';
import { measureSqlite } from './lib/measure-sqlite.mjs';
import { HELP, InvalidOption, readOptions } from './lib/options.mjs';
import { progress } from './lib/progress.mjs';
import { publish } from './lib/publish.mjs';
import { compareWithTargets } from './lib/targets.mjs';

const measurements = { postgres: measurePostgres, sqlite: measureSqlite };

const measure = async (options, cleanUp) => {
  const environment = await describeMachine(options.databases);
  const folder = createWorkFolder(cleanUp);
  progress('Compiling the project');
  const apps = await prepareApps(folder);

  const figures = {};
  for (const database of options.databases) {
    const databaseCleanUp = createCleanUp();
    cleanUp.add(databaseCleanUp.run);
    figures[database] = await measurements[database]({
      apps,
      options,
      folder,
      cleanUp: databaseCleanUp,
    });
    await databaseCleanUp.run();
  }
  const { rows, clients, rounds, seconds } = options;
  const settings = { rows, clients, rounds, seconds };
  return { ...environment, settings, figures, targets: compareWithTargets(figures) };
};

const main = async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const cleanUp = createCleanUp();
  cleanUp.onInterrupt();
  try {
    const results = await measure(options, cleanUp);
    await publish(results, options);
  } finally {
    await cleanUp.run();
  }
};

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof InvalidOption ? `${error.message}; see --help` : error);
  process.exit(1);
}
