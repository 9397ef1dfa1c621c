import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  POSTGRES_URL,
  createPostgresDatabase,
  isPostgresReachable,
  type PostgresDatabase,
} from '../helpers/postgres-database';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { startDeployment, type Deployment } from './deployment';
import { printReport } from './print-report';
import { startSimulatedClients, type SimulatedClients } from './simulated-clients';

const CLIENTS = 20;
/** How long the instances have different secrets, besides the start of the second one, in milliseconds. */
const MIXED = 2000;
/** Longer than it takes until each client has refreshed, in milliseconds. */
const ALL_REFRESHED = 5000;

const runnable = isRunnable('Changed secrets', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
  'PostgreSQL at TEST_POSTGRES_URL': await isPostgresReachable(),
});

/** The names of the secrets that may be lists (docs/deploying.md, "Secrets"). */
const LISTS = ['JWT_SECRET', 'REFRESH_SECRET', 'APP_KEYS'] as const;
type Secrets = Record<(typeof LISTS)[number], string>;

const createSecrets = (): Secrets => {
  const secret = () => randomBytes(32).toString('base64url');
  return { JWT_SECRET: secret(), REFRESH_SECRET: secret(), APP_KEYS: secret() };
};

/** Returns variables with several secrets each: the first signs. */
const join = (...all: Secrets[]): Record<string, string> =>
  Object.fromEntries(LISTS.map((name) => [name, all.map((secrets) => secrets[name]).join(',')]));

describe.skipIf(!runnable)('Two instances behind nginx whose secrets are changed', () => {
  const [old, current, next] = [createSecrets(), createSecrets(), createSecrets()];
  const undo: (() => unknown)[] = [];
  let database: PostgresDatabase;
  let deployment: Deployment;

  beforeAll(async () => {
    database = await createPostgresDatabase(POSTGRES_URL);
    undo.push(database.drop);
    deployment = await startDeployment(2, {
      DATABASE_CLIENT: 'postgres',
      DATABASE_URL: database.url,
      ...join(old),
    });
    undo.push(deployment.stop);
  });

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const startClients = async (count: number): Promise<SimulatedClients> => {
    const clients = await startSimulatedClients(deployment, count);
    undo.push(clients.close);
    return clients;
  };

  const restart = async (index: number, variables: Record<string, string>): Promise<void> => {
    await deployment.instance(index).terminate();
    await deployment.instance(index).start(variables);
  };

  /** Restarts one instance after the other. */
  const rollOut = async (variables: Record<string, string>): Promise<void> => {
    await restart(0, variables);
    await pause(MIXED);
    await restart(1, variables);
  };

  it('refuse nobody in three rounds: old,new; new,old; new', async () => {
    const clients = await startClients(CLIENTS);

    const report = await clients.refreshDuring(async () => {
      await rollOut(join(old, current));
      await pause(MIXED);
      await rollOut(join(current, old));
      await pause(ALL_REFRESHED);
      await rollOut(join(current));
      await pause(ALL_REFRESHED);
    });

    printReport('Secrets changed in three rounds', report);
    expect(report.refusals).toEqual({});
    const revoked = await database.query('select * from up_sessions where revoked_at is not null');
    expect(revoked).toEqual([]);
  });

  it('refuse clients when the first round is new,old', async () => {
    const clients = await startClients(CLIENTS / 2);

    const report = await clients.refreshDuring(async () => {
      await restart(0, {
        ...join(current),
        REFRESH_SECRET: join(next, current).REFRESH_SECRET ?? '',
      });
      await pause(ALL_REFRESHED);
    });

    printReport('REFRESH_SECRET changed in the wrong order', report);
    expect(Object.keys(report.refusals).join('\n')).toContain('/api/token/refresh: 401');
  });
});
