import { createWorkFolder, prepareApps } from './lib/apps.mjs';
import { createCleanUp } from './lib/clean-up.mjs';
import { describeMachine } from './lib/machine.mjs';
import { measureFootprint } from './lib/measure-footprint.mjs';
import { measurePostgres } from './lib/measure-postgres.mjs';
import { measureSqlite } from './lib/measure-sqlite.mjs';
import { HELP, InvalidOption, readOptions } from './lib/options.mjs';
import { progress } from './lib/progress.mjs';
import { publish } from './lib/publish.mjs';
import { compareWithTargets } from './lib/targets.mjs';

/** The parts of a run, by the name of the database that each needs. */
const PARTS = {
  postgres: { postgres: measurePostgres, footprint: measureFootprint },
  sqlite: { sqlite: measureSqlite },
};

const measure = async (options, cleanUp) => {
  const environment = await describeMachine(options.databases);
  const folder = createWorkFolder(cleanUp);
  progress('Compiling the project');
  const apps = await prepareApps(folder, options.against);

  const figures = {};
  for (const [part, run] of options.databases.flatMap((name) => Object.entries(PARTS[name]))) {
    const partCleanUp = createCleanUp();
    cleanUp.add(partCleanUp.run);
    figures[part] = await run({ apps, options, folder, cleanUp: partCleanUp });
    await partCleanUp.run();
  }
  const { rows, clients, rounds, seconds, boots, against } = options;
  const settings = { rows, clients, rounds, seconds, boots, against };
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
