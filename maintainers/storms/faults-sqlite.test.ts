import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { canMount, mountSmallDisk, type SmallDisk } from './small-disk';
import { withSqliteFile } from './sqlite-file';
import { startSimulatedClients, type SimulatedClients } from './simulated-clients';
import { startDeployment } from './deployment';
import { runFault, type FaultContext } from './run-fault';

/** Few: a locked file holds the server up for the busy timeout with each of their requests. */
const CLIENTS = 2;
/** How long a statement waits for a lock, in milliseconds: the default of better-sqlite3 (its docs/api.md, `timeout`). */
const BUSY_TIMEOUT = 5000;
/** In milliseconds. Within it a session does not rotate again, so that nothing is written. */
const LEEWAY = 10_000;

const runnable = isRunnable('Faults of SQLite', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
});
const mountable = runnable && canMount();
if (runnable && !mountable) {
  process.stdout.write(
    'Full disk: this process may not mount a file system; the test is skipped.\n',
  );
}

describe.skipIf(!runnable)(`One instance on SQLite, while ${CLIENTS} clients refresh,`, () => {
  const undo: (() => unknown)[] = [];
  let disk: SmallDisk | undefined;
  let file: string;
  let clients: SimulatedClients;
  let context: FaultContext;

  beforeAll(async () => {
    if (mountable) {
      disk = mountSmallDisk();
      undo.push(disk.remove);
    }
    const folder = disk?.folder ?? mkdtempSync(path.join(inject('databaseDir'), 'sqlite-'));
    file = path.join(folder, 'data.db');
    const deployment = await startDeployment(1, {
      DATABASE_CLIENT: 'sqlite',
      DATABASE_FILENAME: file,
      REFRESH_TOKEN_LEEWAY: `${LEEWAY}ms`,
    });
    undo.push(deployment.stop);
    clients = await startSimulatedClients(deployment, CLIENTS);
    undo.push(clients.close);
    const query = (sql: string) =>
      withSqliteFile(file, (connection) => connection.prepare(sql).all());
    context = { database: { query }, clientGroups: [clients] };
  });

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  /** This process locks the file until a promise has settled. */
  const lockUntil = async (run: () => Promise<unknown>): Promise<{ lockedForMs: number }> => {
    await pause(2000);
    const since = Date.now();
    await withSqliteFile(file, async (connection) => {
      connection.exec('begin exclusive');
      await run();
      connection.exec('rollback');
    });
    const lockedForMs = Date.now() - since;
    await pause(2000);
    return { lockedForMs };
  };

  it('answers every request when the file is locked for less than the busy timeout', async () => {
    const report = await runFault(context, 'SQLite file locked', clients, () =>
      lockUntil(() => pause(BUSY_TIMEOUT - 3000)),
    );

    expect(report).toMatchObject({ serverErrors: 0, lostResponses: 0 });
  });

  it('answers 5xx and logs nobody out when the file is locked for longer', async () => {
    // How many busy timeouts pass before depends on how many requests wait: each is sent to SQLite twice.
    await runFault(context, 'SQLite file locked', clients, (progress) =>
      lockUntil(() =>
        vi.waitUntil(() => progress().serverErrors > 0, { timeout: 55_000, interval: 100 }),
      ),
    );
  });

  it.skipIf(!mountable)('answers 5xx and logs nobody out while the disk is full', async () => {
    const report = await runFault(context, 'disk full', clients, async () => {
      await pause(2000);
      // SQLite reuses the space of an existing write-ahead log. Without one, the next write needs free space.
      await withSqliteFile(file, (connection) => connection.pragma('wal_checkpoint(TRUNCATE)'));
      disk?.fill();
      await pause(LEEWAY + 2000);
      disk?.free();
      await pause(2000);
      return { timesFull: 1 };
    });

    expect(report.serverErrors).toBeGreaterThan(0);
  });
});
