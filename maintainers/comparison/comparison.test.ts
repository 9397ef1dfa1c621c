import { Console } from 'node:console';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOn } from '../../tests/helpers/databases';
import { EXPERIMENTS, PRODUCTION_EXPERIMENT, type Experiment, type Subject } from './experiments';
import { startServer, startStockServer } from '../../tests/helpers/server';

/*
 * What the README says of Strapi's own refresh mode and of this project, done to both. `npm run
 * comparison` prints it. When an upgrade of Strapi changes its side, the README has to change.
 */

const BOOTS = 4;
const ALL = [...EXPERIMENTS, PRODUCTION_EXPERIMENT];

const startStock = async (variables: Record<string, string>): Promise<Subject> => ({
  ...(await startStockServer(variables)),
  table: 'strapi_sessions',
  waitForLeeway: () => undefined,
});

const startProject = async (variables: Record<string, string>): Promise<Subject> => {
  const server = await startServer({ REFRESH_TOKEN_TRANSPORT: 'body', ...variables });
  return { ...server, table: 'up_sessions', waitForLeeway: () => server.clock.advance(11_000) };
};

type Findings = Record<string, number>;

const findOut = async (
  start: typeof startStock,
  variables: Record<string, string>,
  experiments: readonly Experiment[],
): Promise<Findings> => {
  const server = await start(variables);
  try {
    const findings: Findings = {};
    for (const { what, run } of experiments) findings[what] = await run(server);
    return findings;
  } finally {
    await server.stop();
  }
};

const findOutAll = async (start: typeof startStock): Promise<Findings> => ({
  ...(await findOut(start, {}, EXPERIMENTS)),
  ...(await findOut(start, { NODE_ENV: 'production' }, [PRODUCTION_EXPERIMENT])),
});

// On MySQL Strapi's own mode takes other statements for its transactions.
describeOn('sqlite', 'postgres')('Compared with the refresh mode of Strapi:', () => {
  let theirs: Findings = {};
  let ours: Findings = {};

  // Strapi first: what the extension adds stays with the plugin for the life of the process.
  beforeAll(async () => {
    theirs = await findOutAll(startStock);
    ours = await findOutAll(startProject);
  }, BOOTS * 60_000);

  afterAll(() => {
    new Console(process.stdout).table(
      Object.fromEntries(
        ALL.map(({ what }) => [what, { "Strapi's own": theirs[what], 'this project': ours[what] }]),
      ),
    );
  });

  it.each(ALL)('$what', (experiment) => {
    expect(ours[experiment.what]).toBe(experiment.ours);
    if (experiment.theirs !== null) expect(theirs[experiment.what]).toBe(experiment.theirs);
  });
});
