#!/usr/bin/env node
/**
 * Runs the tests whose result may depend on the database on SQLite, PostgreSQL and MySQL (or MariaDB), one after
 * the other: see HELP. Exits with 1 when a test fails, and under CI=true also when a server cannot be reached.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import mysql from 'mysql2/promise';
import pg from 'pg';

const workshop = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const root = path.join(workshop, '..');
const urls = JSON.parse(
  readFileSync(path.join(root, 'tests', 'helpers', 'database-urls.json'), 'utf8'),
);

/** HTTP tests whose result does not depend on the database, with the reason. `npm test` runs them on SQLite. */
const DATABASE_INDEPENDENT = {
  'settings-at-boot': 'settings are checked before the database is opened',
  csrf: 'origins are checked before the session is read',
  'login-production': 'checks the attributes of a cookie',
  'refresh-body-transport': 'checks where a token is sent',
  'rate-limits': 'counted in memory',
  'rate-limits-redis': 'counted in Redis',
  'secret-rotation': 'checks signatures',
};

/** The Vitest projects of the workshop whose result may depend on the database. */
const WORKSHOP_PROJECTS = ['databases', 'comparison', 'fuzz'];

const CONNECT_TIMEOUT = 5000;

/** Each connects to the server once and rejects when that fails. */
const connectTo = {
  sqlite: async () => undefined,
  postgres: async () => {
    const client = new pg.Client({
      connectionString: urlOf('postgres'),
      connectionTimeoutMillis: CONNECT_TIMEOUT,
    });
    await client.connect();
    await client.end();
  },
  mysql: async () => {
    const connection = await mysql.createConnection({
      uri: urlOf('mysql'),
      connectTimeout: CONNECT_TIMEOUT,
    });
    await connection.end();
  },
};

const DATABASES = Object.keys(connectTo);

const HELP = `Usage: npm run databases -- [--only sqlite,postgres,mysql] [test files]

Runs the HTTP tests of the project, then ${WORKSHOP_PROJECTS.join(', ')} of the workshop, on each database, one
after the other. Every server under test gets a database of its own with a random name, which is
dropped afterwards. MariaDB counts as mysql.

  --only  the databases to run on, comma-separated; all of them by default
  --help  prints this text

Paths of test files are relative to the root of the project: tests/http/refresh.test.ts,
maintainers/databases/refresh-postgres.test.ts.

Servers: TEST_POSTGRES_URL (${urls.postgres.default}),
TEST_MYSQL_URL (${urls.mysql.default}). A database that cannot be reached is skipped; under
CI=true that is a failure.

On PostgreSQL and MySQL these are left out, unless test files are named:
${Object.entries(DATABASE_INDEPENDENT)
  .map(([name, reason]) => `  ${name}: ${reason}`)
  .join('\n')}`;

function urlOf(database) {
  const { variable, default: fallback } = urls[database];
  return process.env[variable] || fallback;
}

const fileOf = (name) => `tests/http/${name}.test.ts`;

const exitWithUsageError = (message) => {
  console.error(`${message}\nTry --help.`);
  process.exit(2);
};

const parse = () => {
  const options = { only: { type: 'string' }, help: { type: 'boolean', default: false } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return exitWithUsageError(error.message);
  }
};

const readArguments = () => {
  const { values, positionals: files } = parse();
  const chosen = values.only?.split(',') ?? DATABASES;
  const unknown = chosen.filter((name) => !DATABASES.includes(name));
  if (unknown.length > 0)
    exitWithUsageError(`--only accepts ${DATABASES.join(', ')}, not ${unknown.join(', ')}`);
  return { help: values.help, chosen, files };
};

/** Resolves to the reason why a database cannot be reached, or to undefined. */
const findObstacle = async (database) => {
  try {
    await connectTo[database]();
    return undefined;
  } catch (error) {
    // For a host with several addresses Node throws an AggregateError, whose message is empty.
    return error.message || error.code;
  }
};

const runVitest = (cwd, database, args) => {
  const { status } = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args],
    { cwd, stdio: 'inherit', env: { ...process.env, TEST_DATABASE: database } },
  );
  return status === 0;
};

const projects = (names) => names.flatMap((name) => ['--project', name]);

/** Runs the named files, each in the folder of its Vitest configuration. */
const runFiles = (database, files) => {
  const prefix = 'maintainers/';
  const inRoot = files.filter((file) => !file.startsWith(prefix));
  const inWorkshop = files.filter((file) => file.startsWith(prefix));
  const runs = [
    [root, [...projects(['http']), ...inRoot], inRoot],
    [
      workshop,
      [...projects(WORKSHOP_PROJECTS), ...inWorkshop.map((file) => file.slice(prefix.length))],
      inWorkshop,
    ],
  ];
  return runs
    .filter(([, , named]) => named.length > 0)
    .map(([cwd, args]) => runVitest(cwd, database, args))
    .every(Boolean);
};

const runAll = (database) => {
  const leftOut = database === 'sqlite' ? [] : Object.keys(DATABASE_INDEPENDENT);
  const exclude = leftOut.flatMap((name) => ['--exclude', fileOf(name)]);
  return [
    runVitest(root, database, [...projects(['http']), ...exclude]),
    runVitest(workshop, database, projects(WORKSHOP_PROJECTS)),
  ].every(Boolean);
};

const runTests = (database, files) => {
  const missing = Object.keys(DATABASE_INDEPENDENT).filter(
    (name) => !existsSync(path.join(root, fileOf(name))),
  );
  if (missing.length > 0)
    exitWithUsageError(`DATABASE_INDEPENDENT names tests that do not exist: ${missing.join(', ')}`);
  return files.length > 0 ? runFiles(database, files) : runAll(database);
};

const isRequired = process.env.CI === 'true';
const { help, chosen, files } = readArguments();
if (help) {
  console.log(HELP);
  process.exit(0);
}

const results = [];
for (const database of chosen) {
  const reason = await findObstacle(database);
  if (reason !== undefined) {
    const consequence = isRequired ? 'required under CI=true' : 'skipped';
    console.log(`${database} cannot be reached (${reason}): ${consequence}`);
    results.push({ isFailure: isRequired });
    continue;
  }
  console.log(`\n--- ${database} ---`);
  const start = Date.now();
  const passed = runTests(database, files);
  const seconds = Math.round((Date.now() - start) / 1000);
  const summary = `${database}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s`;
  results.push({ isFailure: !passed, summary });
}

for (const { summary } of results) if (summary) console.log(summary);
process.exit(results.some(({ isFailure }) => isFailure) ? 1 : 0);
