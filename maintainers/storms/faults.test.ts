import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLossyProxy, type LossyProxy } from './lossy-proxy';
import { clockAhead } from '../helpers/clock-ahead';
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
import { runFault, type FaultContext } from './run-fault';

const CLIENTS = 40;
const CLIENTS_OF_LOSSY_PROXY = 20;

const programs = postgresPrograms();
const runnable = isRunnable('Faults of several instances', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL in /usr/lib/postgresql': programs !== undefined,
});

interface RunningSetup extends FaultContext {
  readonly cluster: PostgresCluster;
  readonly database: PostgresDatabase;
  readonly deployment: Deployment;
  readonly lossyProxy: LossyProxy;
  /** Clients that call nginx directly. */
  readonly clients: SimulatedClients;
  readonly clientsOfLossyProxy: SimulatedClients;
}

describe.skipIf(!runnable)('Three instances behind nginx, while clients refresh,', () => {
  const undo: (() => unknown)[] = [];
  let setup: RunningSetup;

  beforeAll(async () => {
    const cluster = await startPostgresCluster(programs ?? '');
    undo.push(cluster.remove);
    const database = await createPostgresDatabase(cluster.url);
    const deployment = await startDeployment(3, {
      DATABASE_CLIENT: 'postgres',
      DATABASE_URL: database.url,
    });
    undo.push(deployment.stop);
    const lossyProxy = await startLossyProxy(deployment, deployment.certificateFiles);
    undo.push(lossyProxy.stop);
    const clients = await startSimulatedClients(deployment, CLIENTS);
    undo.push(clients.close);
    const clientsOfLossyProxy = await startSimulatedClients(lossyProxy, CLIENTS_OF_LOSSY_PROXY);
    undo.push(clientsOfLossyProxy.close);
    setup = {
      ...{ cluster, database, deployment, lossyProxy, clients, clientsOfLossyProxy },
      clientGroups: [clients, clientsOfLossyProxy],
    };
  });

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  it('log nobody out when one of them is killed and restarted', async () => {
    const { deployment, clients } = setup;
    const instance = deployment.instance(1);

    await runFault(setup, 'kill -9 of an instance', clients, async () => {
      await pause(3000);
      await instance.kill();
      await pause(2000);
      await instance.start();
      await pause(3000);
      return { kills: 1 };
    });
  });

  it('log nobody out, and cut no request off, when one after the other is restarted', async () => {
    const { deployment, clients } = setup;

    const report = await runFault(setup, 'restart of each instance', clients, async () => {
      for (const index of [0, 1, 2]) {
        await pause(1000);
        const { exitCode, output } = await deployment.instance(index).terminate();
        expect(exitCode).toBe(0);
        expect(output).not.toContain('cut off');
        await deployment.instance(index).start();
      }
      return { restarts: 3 };
    });

    expect(report.lostResponses).toBe(0);
  });

  it.each(['fast', 'immediate'] as const)(
    'log nobody out when PostgreSQL is stopped (%s) and restarted',
    async (mode) => {
      const { cluster, clients } = setup;

      const report = await runFault(
        setup,
        `PostgreSQL stopped (${mode}) and started`,
        clients,
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
    },
  );

  it('log nobody out when every tenth response is lost', async () => {
    const { lossyProxy, clientsOfLossyProxy } = setup;

    const report = await runFault(
      setup,
      'every tenth response dropped',
      clientsOfLossyProxy,
      async () => {
        lossyProxy.dropEvery(10);
        await pause(8000);
        lossyProxy.dropEvery(null);
        return { droppedResponses: lossyProxy.dropped() };
      },
    );

    expect(report.lostResponses).toBe(lossyProxy.dropped());
    expect(report.lostResponses).toBeGreaterThan(0);
  });

  it('answer 5xx and log nobody out while the database is read-only', async () => {
    const { cluster, database, clients } = setup;
    const setReadOnly = async (value: 'on' | 'off') => {
      await runSql(
        cluster.url,
        `alter database ${database.name} set default_transaction_read_only = ${value}`,
      );
      // The setting applies to new connections only.
      await runSql(
        cluster.url,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`,
      );
    };

    const report = await runFault(setup, 'database read-only', clients, async () => {
      await pause(1000);
      await setReadOnly('on');
      await pause(3000);
      await setReadOnly('off');
      await pause(2000);
      return { reconnects: 2 };
    });

    expect(report.serverErrors).toBeGreaterThan(0);
  });

  it('log nobody out when the clock of one of them is 30 s ahead', async () => {
    const { deployment, clients } = setup;
    const instance = deployment.instance(2);

    await runFault(setup, 'clock of one instance 30 s ahead', clients, async () => {
      await instance.kill();
      await instance.start(clockAhead(30_000));
      await pause(10_000);
      return { instancesAhead: 1 };
    });
  });
});
