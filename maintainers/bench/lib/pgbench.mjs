import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { readStatements } from './counts.mjs';
import { progress } from './progress.mjs';
import { LOADS } from './variants.mjs';

const run = promisify(execFile);
/** Where Debian and Ubuntu install the programs of a server. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
/** As many as the pool of a server has. */
const CONNECTIONS = 10;

const debianPrograms = () => {
  try {
    return readdirSync(DEBIAN_FOLDER).map((version) =>
      path.join(DEBIAN_FOLDER, version, 'bin', 'pgbench'),
    );
  } catch {
    return [];
  }
};

/** Resolves to the pgbench of this machine, or to undefined. */
const findPgbench = async () => {
  for (const program of ['pgbench', ...debianPrograms()]) {
    try {
      await run(program, ['--version']);
      return program;
    } catch {
      // Not here: the next place.
    }
  }
  return undefined;
};

/** What a refresh has to do at least: each connection moves a session of its own from one generation to the next. */
const refreshScript = (firstId) => ({
  sql: `update up_sessions set generation = generation + 1, rotated_at = rotated_at + 1, expires_at = expires_at + 1
 where id = ${firstId} + :client_id and revoked_at is null returning *;`,
  variables: {},
});

/** Writes statements as a script of pgbench: the values become its variables, which cannot be null. */
const scriptOf = (statements) => {
  const variables = {};
  const texts = statements.map(({ text, values }, index) => {
    const sql = text.replace(/\$(\d+)/g, (_, position) => {
      const value = values[position - 1];
      if (value === null) return 'null';
      const name = `s${index}_${position}`;
      variables[name] = String(value);
      return `:${name}`;
    });
    return `${sql};`;
  });
  return { sql: texts.join('\n'), variables };
};

/** Runs a script in a closed loop with prepared statements. Resolves to how often it ran, per second. */
const measure = async (pgbench, { sql, variables }, { url, folder, seconds }) => {
  const file = path.join(folder, 'pgbench.sql');
  writeFileSync(file, sql);
  const { stdout } = await run(pgbench, [
    ...['--no-vacuum', '--protocol', 'prepared', '--client', CONNECTIONS, '--time', seconds],
    ...Object.entries(variables).flatMap(([name, value]) => ['--define', `${name}=${value}`]),
    ...['--file', file, url],
  ]);
  const perSecond = Number(/tps = ([\d.]+) \((?:without|excluding)/.exec(stdout)?.[1]);
  if (!(perSecond > 0)) throw new Error(`pgbench measured nothing:\n${stdout}`);
  return { perSecond };
};

/**
 * Measures what the database alone can do. Requests run the statements that a server has just sent for one; a refresh
 * is one UPDATE. Resolves to the figures by load, or to undefined without pgbench.
 */
export const measurePgbench = async (instance, { folder, seconds }) => {
  const pgbench = await findPgbench();
  if (!pgbench) {
    progress('pgbench is not installed: the report has no figures of the database alone');
    return undefined;
  }
  const [{ first }] = await instance.database.query('select min(id) as first from up_sessions');
  const requests = {
    account: await readStatements(instance, LOADS.account),
    photos: await readStatements(instance, LOADS.photos),
  };
  const scripts = {
    refresh: refreshScript(first),
    account: scriptOf(requests.account),
    photos: scriptOf(requests.photos),
  };
  const figures = {
    statements: { refresh: 1, account: requests.account.length, photos: requests.photos.length },
  };
  for (const [load, script] of Object.entries(scripts)) {
    progress(`PostgreSQL: pgbench, ${load}`);
    const url = instance.database.environment.DATABASE_URL;
    figures[load] = await measure(pgbench, script, { url, folder, seconds });
  }
  return figures;
};
