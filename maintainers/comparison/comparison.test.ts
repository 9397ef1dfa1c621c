import { Console } from 'node:console';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOn } from '../../tests/helpers/databases';
import {
  EXPERIMENTS,
  PRODUCTION_EXPERIMENT,
  type ComparedServer,
  type Experiment,
} from './experiments';
import { startServer, startStockServer } from '../../tests/helpers/server';

/*
 * Runs what the README claims of Strapi's own refresh mode and of this project on both, and prints the results.
 * When an upgrade of Strapi changes its result, the README has to change.
 */

const BOOTS = 4;
const ALL = [...EXPERIMENTS, PRODUCTION_EXPERIMENT];

const startStock = async (variables: Record<string, string>): Promise<ComparedServer> => ({
  ...(await startStockServer(variables)),
  table: 'strapi_sessions',
  waitForLeeway: () => undefined,
});

const startProject = async (variables: Record<string, string>): Promise<ComparedServer> => {
  const server = await startServer({ REFRESH_TOKEN_TRANSPORT: 'body', ...variables });
  return { ...server, table: 'up_sessions', waitForLeeway: () => server.clock.advance(11_000) };
};

/** Results by the titles of the experiments. */
type Results = Record<string, number>;

const runExperiments = async (
  start: typeof startStock,
  variables: Record<string, string>,
  experiments: readonly Experiment[],
): Promise<Results> => {
  const server = await start(variables);
  try {
    const results: Results = {};
    for (const { title, run } of experiments) results[title] = await run(server);
    return results;
  } finally {
    await server.stop();
  }
};

const runAll = async (start: typeof startStock): Promise<Results> => ({
  ...(await runExperiments(start, {}, EXPERIMENTS)),
  ...(await runExperiments(start, { NODE_ENV: 'production' }, [PRODUCTION_EXPERIMENT])),
});

// Not on MySQL: there Strapi's own mode needs other statements for its transactions.
describeOn('sqlite', 'postgres')(
  "The README's comparison with Strapi's refresh mode holds for:",
  () => {
    let strapi: Results = {};
    let project: Results = {};

    // Strapi first: what the extension adds to the plugin stays there as long as the process runs.
    beforeAll(async () => {
      strapi = await runAll(startStock);
      project = await runAll(startProject);
    }, BOOTS * 60_000);

    afterAll(() => {
      const rows = ALL.map(({ title }) => [
        title,
        { "Strapi's own": strapi[title], 'this project': project[title] },
      ]);
      new Console(process.stdout).table(Object.fromEntries(rows));
    });

    it.each(ALL)('$title', (experiment) => {
      expect(project[experiment.title]).toBe(experiment.project);
      if (experiment.strapi !== null) expect(strapi[experiment.title]).toBe(experiment.strapi);
    });
  },
);
