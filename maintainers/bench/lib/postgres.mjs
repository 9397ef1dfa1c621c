import { readFileSync } from 'node:fs';
import pg from 'pg';

const SERVER = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const CLOCK_TICKS_PER_SECOND = 100;

const connect = async (url) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
};

const onServer = async (sql) => {
  const server = await connect(SERVER);
  try {
    return (await server.query(sql)).rows;
  } finally {
    await server.end();
  }
};

/** Milliseconds of processor time of a process on this machine; null where it is on another. */
const processorTimeOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold anything, in brackets: see proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return (ticks * 1000) / CLOCK_TICKS_PER_SECOND;
  } catch {
    return null;
  }
};

export const postgresVersion = async () =>
  (await onServer('show server_version'))[0].server_version;

/** Makes an empty database, which is dropped in the end. */
export const createPostgresDatabase = async (name, cleanUp) => {
  await onServer(`create database ${name}`);
  cleanUp.add(() => onServer(`drop database if exists ${name} with (force)`));

  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  const client = await connect(url.href);
  // It is dropped by force where the run was interrupted; that is no error then.
  client.on('error', () => undefined);
  cleanUp.add(() => client.end());
  const query = async (sql, values) => (await client.query(sql, values)).rows;

  return {
    environment: { DATABASE_CLIENT: 'postgres', DATABASE_URL: url.href },
    query,
    /** Leaves nothing behind of a bulk load or of deleted rows that would be done later. */
    async settle() {
      await query('vacuum analyze');
      await query('checkpoint');
    },
    /** Milliseconds of processor time of the connections of this database; null when unknown. */
    async processorTime() {
      const backends = await query(
        `select pid from pg_stat_activity
          where datname = current_database() and backend_type = 'client backend'`,
      );
      const times = backends.map(({ pid }) => processorTimeOf(pid));
      return times.includes(null) ? null : times.reduce((sum, time) => sum + time, 0);
    },
  };
};
