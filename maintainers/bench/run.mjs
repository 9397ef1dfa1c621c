import { createWorkFolder, prepareApps } from './lib/apps.mjs';
import { createCleanUp } from './lib/clean-up.mjs';
import { describeMachine } from './lib/machine.mjs';
import { measurePostgres } from './lib/measure-postgres.mjs';
import { measureSqlite } from './lib/measure-sqlite.mjs';
import { HELP, WrongOption, readOptions } from './lib/options.mjs';
import { progress } from './lib/progress.mjs';
import { publish } from './lib/publish.mjs';
import { judgeTargets } from './lib/targets.mjs';

const MEASURES = { postgres: measurePostgres, sqlite: measureSqlite };

const measure = async (options, cleanUp) => {
  const described = await describeMachine(options.databases);
  const folder = createWorkFolder(cleanUp);
  progress('Compiling the project');
  const apps = await prepareApps(folder);

  const figures = {};
  for (const database of options.databases) {
    const within = createCleanUp();
    cleanUp.add(within.run);
    figures[database] = await MEASURES[database]({ apps, options, folder, cleanUp: within });
    await within.run();
  }
  const { rows, clients, rounds, seconds } = options;
  const settings = { rows, clients, rounds, seconds };
  return { ...described, settings, figures, targets: judgeTargets(figures) };
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
  console.error(error instanceof WrongOption ? `${error.message}; see --help` : error);
  process.exit(1);
}
