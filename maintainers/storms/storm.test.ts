import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  POSTGRES_URL,
  createPostgresDatabase,
  isPostgresReachable,
  type PostgresDatabase,
} from '../helpers/postgres-database';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { startSimulatedClients, type SimulatedClients } from './simulated-clients';
import { startDeployment, type Deployment } from './deployment';
import { printReport } from './print-report';
import { expectStoredAsIssued } from './stored-sessions';

const CLIENTS = 100;
const SECONDS = Number(process.env.STORM_SECONDS ?? 60);

const runnable = isRunnable('Storm', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL at TEST_POSTGRES_URL': await isPostgresReachable(),
});

describe.skipIf(!runnable)('Three instances on one PostgreSQL, behind nginx with TLS,', () => {
  let database: PostgresDatabase | undefined;
  let deployment: Deployment | undefined;
  let clients: SimulatedClients | undefined;

  beforeAll(async () => {
    database = await createPostgresDatabase(POSTGRES_URL);
    deployment = await startDeployment(3, {
      DATABASE_CLIENT: 'postgres',
      DATABASE_URL: database.url,
    });
    clients = await startSimulatedClients(deployment, CLIENTS);
  });

  afterAll(async () => {
    clients?.close();
    await deployment?.stop();
    await database?.drop();
  });

  it(`refuse no refresh of ${CLIENTS} browsers in ${SECONDS} s, some from four tabs at once`, async () => {
    if (!clients || !database) throw new Error('beforeAll has not run');

    const report = await clients.refreshDuring(() => pause(SECONDS * 1000));

    printReport(`Storm, ${CLIENTS} clients, ${SECONDS} s`, report);
    expect(report.parallelBursts).toBeGreaterThan(0);
    expect(report).toMatchObject({ forks: [], refusals: {}, serverErrors: 0, lostResponses: 0 });
    await clients.expectAllLoggedIn();
    await expectStoredAsIssued({ database, clientGroups: [clients] });
  });
});
