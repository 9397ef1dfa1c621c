import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy';
import { projectRoot } from '../../tests/helpers/paths';
import {
  postgresPrograms,
  startPostgresCluster,
  type PostgresCluster,
} from '../helpers/postgres-cluster';
import {
  createPostgresDatabase,
  runSql,
  type PostgresDatabase,
} from '../helpers/postgres-database';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { startSimulatedClients, type SimulatedClients } from './simulated-clients';
import { startDeployment, type Deployment } from './deployment';
import { survive, type World } from './survive';

const CLIENTS = 40;
const CLIENTS_ON_A_BAD_LINE = 20;
const CLOCK_AHEAD = path.join(projectRoot, 'maintainers', 'helpers', 'clock-ahead.cjs');

const programs = postgresPrograms();
const runnable = isRunnable('Faults of several instances', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL in /usr/lib/postgresql': programs !== undefined,
});

/** All that runs while the tests do. */
interface Everything extends World {
  readonly cluster: PostgresCluster;
  readonly database: PostgresDatabase;
  readonly deployment: Deployment;
  readonly badLine: CuttingProxy;
  readonly crowd: SimulatedClients;
  readonly crowdOnBadLine: SimulatedClients;
}

describe.skipIf(!runnable)('Three instances behind nginx, in the middle of a storm:', () => {
  const undo: (() => unknown)[] = [];
  let world: Everything;

  beforeAll(async () => {
    const cluster = await startPostgresCluster(programs ?? '');
    undo.push(cluster.remove);
    const database = await createPostgresDatabase(cluster.url);
    const deployment = await startDeployment(3, {
      DATABASE_CLIENT: 'postgres',
      DATABASE_URL: database.url,
    });
    undo.push(deployment.stop);
    const badLine = await startCuttingProxy(deployment, deployment.certificateFiles);
    undo.push(badLine.stop);
    const crowd = await startSimulatedClients(deployment, CLIENTS);
    undo.push(crowd.leave);
    const crowdOnBadLine = await startSimulatedClients(badLine, CLIENTS_ON_A_BAD_LINE);
    undo.push(crowdOnBadLine.leave);
    world = {
      ...{ cluster, database, deployment, badLine, crowd, crowdOnBadLine },
      crowds: [crowd, crowdOnBadLine],
    };
  });

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  it('an instance is killed, and comes back', async () => {
    const { deployment, crowd } = world;
    const instance = deployment.instance(1);

    await survive(world, 'kill -9 of an instance', crowd, async () => {
      await pause(3000);
      await instance.kill();
      await pause(2000);
      await instance.start();
      await pause(3000);
      return { kills: 1 };
    });
  });

  it.each(['fast', 'immediate'] as const)('PostgreSQL stops (%s) and starts', async (mode) => {
    const { cluster, crowd } = world;

    const report = await survive(
      world,
      `PostgreSQL stopped (${mode}) and started`,
      crowd,
      async () => {
        await pause(2000);
        await cluster.stop(mode);
        await pause(2000);
        await cluster.start();
        await pause(3000);
        return { stops: 1 };
      },
    );

    expect(report.serverErrors).toBeGreaterThan(0);
  });

  it('every tenth answer is lost on its way', async () => {
    const { badLine, crowdOnBadLine } = world;

    const report = await survive(world, 'every tenth answer cut off', crowdOnBadLine, async () => {
      badLine.cutEvery(10);
      await pause(8000);
      badLine.cutEvery(null);
      return { cutAnswers: badLine.cuts() };
    });

    expect(report.lostAnswers).toBe(badLine.cuts());
    expect(report.lostAnswers).toBeGreaterThan(0);
  });

  it('the database is read-only for a while', async () => {
    const { cluster, database, crowd } = world;
    const setReadOnly = async (value: 'on' | 'off') => {
      await runSql(
        cluster.url,
        `alter database ${database.name} set default_transaction_read_only = ${value}`,
      );
      // Only new connections take it over.
      await runSql(
        cluster.url,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`,
      );
    };

    const report = await survive(world, 'database read-only', crowd, async () => {
      await pause(1000);
      await setReadOnly('on');
      await pause(3000);
      await setReadOnly('off');
      await pause(2000);
      return { reconnects: 2 };
    });

    expect(report.serverErrors).toBeGreaterThan(0);
  });

  it('the clock of one instance is 30 s ahead', async () => {
    const { deployment, crowd } = world;
    const instance = deployment.instance(2);

    await survive(world, 'clock of one instance 30 s ahead', crowd, async () => {
      await instance.kill();
      await instance.start({ NODE_OPTIONS: `--require ${CLOCK_AHEAD}`, CLOCK_AHEAD: '30000' });
      await pause(10_000);
      return { instancesAhead: 1 };
    });
  });
});
