import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hasProgram, isRunnable } from '../helpers/requirements';
import { canMount, mountSmallDisk, type SmallDisk } from './small-disk';
import { withSqliteFile } from './sqlite-file';
import { startSimulatedClients, type SimulatedClients } from './simulated-clients';
import { startDeployment } from './deployment';
import { survive, type World } from './survive';

const CLIENTS = 10;
/** How long SQLite waits for a lock, as better-sqlite3 sets it. In milliseconds. */
const BUSY_TIMEOUT = 5000;

const runnable = isRunnable('Faults of SQLite', {
  nginx: hasProgram('nginx', '-v'),
  openssl: hasProgram('openssl', 'version'),
});
const mountable = runnable && canMount();
if (runnable && !mountable) {
  process.stdout.write('Disk full: a file system cannot be mounted here; the test is skipped.\n');
}

describe.skipIf(!runnable)('One instance on SQLite, in the middle of a storm:', () => {
  const undo: (() => unknown)[] = [];
  let disk: SmallDisk | undefined;
  let file: string;
  let crowd: SimulatedClients;
  let world: World;

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
    });
    undo.push(deployment.stop);
    crowd = await startSimulatedClients(deployment, CLIENTS);
    undo.push(crowd.leave);
    const query = (sql: string) =>
      withSqliteFile(file, (connection) => connection.prepare(sql).all());
    world = { database: { query }, crowds: [crowd] };
  });

  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  /** Another process has the file for so long, in milliseconds. */
  const lockFor = (milliseconds: number) => async () => {
    await pause(2000);
    await withSqliteFile(file, async (connection) => {
      connection.exec('begin exclusive');
      await pause(milliseconds);
      connection.exec('rollback');
    });
    await pause(2000);
    return { lockedForMs: milliseconds };
  };

  it('the file is locked for less time than SQLite waits', async () => {
    const fault = lockFor(BUSY_TIMEOUT - 3000);

    const report = await survive(world, 'SQLite file locked', crowd, fault);

    expect(report).toMatchObject({ serverErrors: 0, lostAnswers: 0 });
  });

  it('the file is locked for more time than SQLite waits', async () => {
    const fault = lockFor(BUSY_TIMEOUT + 3000);

    const report = await survive(world, 'SQLite file locked', crowd, fault);

    expect(report.serverErrors).toBeGreaterThan(0);
  });

  it.skipIf(!mountable)('the disk is full for a while', async () => {
    const report = await survive(world, 'disk full', crowd, async () => {
      await pause(2000);
      // Otherwise there may be room for many more writes in the log that is there already.
      await withSqliteFile(file, (connection) => connection.pragma('wal_checkpoint(TRUNCATE)'));
      disk?.fill();
      // Longer than the leeway, within which a session does not rotate and nothing is written.
      await pause(12_000);
      disk?.free();
      await pause(2000);
      return { timesFull: 1 };
    });

    expect(report.serverErrors).toBeGreaterThan(0);
  });
});
