import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseUrl, type DatabaseVariables } from '../../tests/helpers/databases';
import { runSql } from '../helpers/postgres-database';
import { freePort } from '../../tests/helpers/process';
import { startProgram, waitUntilReady } from '../../tests/helpers/program';

/** A connection pooler between Strapi and PostgreSQL. */
export interface Pooler {
  /** The environment variables that lead Strapi through the pooler to the database. */
  readonly variables: DatabaseVariables;
  stop(): Promise<void>;
}

const configuration = (database: DatabaseVariables, folder: string, port: number): string => `
[databases]
* = host=${database.DATABASE_HOST} port=${database.DATABASE_PORT}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${path.join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 5
min_pool_size = 5
server_round_robin = 1
`;

const quotedPassword = ({ DATABASE_PASSWORD: text = '' }: DatabaseVariables): string =>
  text.replaceAll('"', '""');

/**
 * Starts PgBouncer in transaction mode with five connections, which the transactions use in turn.
 *
 * @param database the environment variables of the database behind it
 */
export const startPooler = async (database: DatabaseVariables): Promise<Pooler> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const file = path.join(folder, 'pgbouncer.ini');
  writeFileSync(file, configuration(database, folder, port));
  writeFileSync(
    path.join(folder, 'users.txt'),
    `"${database.DATABASE_USERNAME}" "${quotedPassword(database)}"\n`,
  );

  // PgBouncer refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const pgbouncer = startProgram('pgbouncer', [...(isRoot ? ['-u', 'nobody'] : []), file], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  });

  const variables = { ...database, DATABASE_HOST: '127.0.0.1', DATABASE_PORT: String(port) };
  const isAnswering = () =>
    runSql(databaseUrl(variables), 'select 1').then(
      () => true,
      () => false,
    );
  await waitUntilReady('PgBouncer', pgbouncer, isAnswering, 20_000);
  return {
    variables,
    stop: async () => {
      await pgbouncer.stop('SIGTERM');
    },
  };
};
