import { readFileSync } from 'node:fs';
import pg from 'pg';

const SERVER = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const CLOCK_TICKS_PER_SECOND = 100;

const connect = async (url) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
};

const queryServer = async (sql) => {
  const server = await connect(SERVER);
  try {
    return (await server.query(sql)).rows;
  } finally {
    await server.end();
  }
};

/** Returns the processor time of a process in milliseconds, or null where it does not run on this machine. */
const processorTimeOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The fields after the program's name, which is in brackets and may contain spaces: see proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return (ticks * 1000) / CLOCK_TICKS_PER_SECOND;
  } catch {
    return null;
  }
};

export const postgresVersion = async () =>
  (await queryServer('show server_version'))[0].server_version;

/** Creates an empty database. The clean-up drops it. */
export const createPostgresDatabase = async (name, cleanUp) => {
  await queryServer(`create database ${name}`);
  cleanUp.add(() => queryServer(`drop database if exists ${name} with (force)`));

  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  const client = await connect(url.href);
  // An interrupted run drops the database by force, which ends this connection with an error.
  client.on('error', () => undefined);
  cleanUp.add(() => client.end());
  const query = async (sql, values) => (await client.query(sql, values)).rows;

  return {
    environment: { DATABASE_CLIENT: 'postgres', DATABASE_URL: url.href },
    query,
    /** Does now what PostgreSQL would do during the measurement: vacuum, statistics, writing of dirty pages. */
    async settle() {
      await query('vacuum analyze');
      await query('checkpoint');
    },
    /** Resolves to the processor time of all connections to this database in milliseconds, or to null. */
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
