import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../tests/helpers/process';

const run = promisify(execFile);
const PACKAGES = '/usr/lib/postgresql';
const RUNS_AS_ROOT = process.getuid?.() === 0;

/** Returns the folder with the programs of the newest installed PostgreSQL, or undefined. */
export const postgresPrograms = (): string | undefined =>
  (existsSync(PACKAGES) ? readdirSync(PACKAGES) : [])
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => path.join(PACKAGES, version, 'bin'))
    .find((folder) => existsSync(path.join(folder, 'initdb')));

const idOf = (flag: '-u' | '-g'): number =>
  Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

/** A PostgreSQL server that a test can stop and start. */
export interface PostgresCluster {
  /** The URL of the database `postgres`, with the superuser. */
  readonly url: string;
  start(): Promise<void>;
  /** `fast` closes all connections. `immediate` is a crash: the next start does a recovery (pg_ctl). */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Stops the server if it runs, and deletes its data. */
  remove(): Promise<void>;
}

/** Creates a database cluster and starts its server on a free port. */
export const startPostgresCluster = async (programs: string): Promise<PostgresCluster> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-postgres-'));
  const data = path.join(folder, 'data');
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  if (RUNS_AS_ROOT) chownSync(folder, idOf('-u'), idOf('-g'));
  const program = async (name: string, args: readonly string[]): Promise<void> => {
    const command = [path.join(programs, name), '-D', data, ...args];
    const [file = '', ...rest] = RUNS_AS_ROOT
      ? ['runuser', '-u', 'postgres', '--', ...command]
      : command;
    await run(file, rest, { cwd: folder, timeout: 60_000 });
  };

  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  const start = () =>
    program('pg_ctl', ['-w', '-l', path.join(folder, 'log'), '-o', options, 'start']);
  const stop = (mode: string) => program('pg_ctl', ['-w', '-m', mode, 'stop']);

  await program('initdb', ['-U', 'postgres', '-A', 'trust', '--no-sync']);
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: async () => {
      if (existsSync(path.join(data, 'postmaster.pid'))) await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
