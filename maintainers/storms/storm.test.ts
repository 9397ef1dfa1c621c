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
import { print } from './print';
import { expectStoredAsIssued } from './stored-sessions';

const CLIENTS = 100;
const SECONDS = Number(process.env.STORM_SECONDS ?? 60);

const runnable = isRunnable('Storm', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL at TEST_POSTGRES_URL': await isPostgresReachable(),
});

describe.skipIf(!runnable)('Three instances on one PostgreSQL, behind nginx with TLS', () => {
  let database: PostgresDatabase | undefined;
  let deployment: Deployment | undefined;
  let crowd: SimulatedClients | undefined;

  beforeAll(async () => {
    database = await createPostgresDatabase(POSTGRES_URL);
    deployment = await startDeployment(3, {
      DATABASE_CLIENT: 'postgres',
      DATABASE_URL: database.url,
    });
    crowd = await startSimulatedClients(deployment, CLIENTS);
  });

  afterAll(async () => {
    crowd?.leave();
    await deployment?.stop();
    await database?.drop();
  });

  it(`${CLIENTS} browsers refresh for ${SECONDS} s, at times from four tabs at once`, async () => {
    if (!crowd || !database) throw new Error('The servers run only while tests run');

    const report = await crowd.storm(() => pause(SECONDS * 1000));

    print(`Storm, ${CLIENTS} clients, ${SECONDS} s`, report);
    expect(report.parallelBursts).toBeGreaterThan(0);
    expect(report).toMatchObject({ forks: [], honestLogouts: {}, serverErrors: 0, lostAnswers: 0 });
    await crowd.expectAllLoggedIn();
    await expectStoredAsIssued({ database, crowds: [crowd] });
  });
});
