#!/usr/bin/env node
/**
 * Runs the HTTP tests of the project, and those of the workshop that depend on the database, on each
 * database that Strapi can run on, one after the other.
 * Ends non-zero when one fails, and under CI=true when one cannot be reached.
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

/** Tests that `npm test` runs on SQLite, and whose result does not depend on the database. */
const SAME_ANYWHERE = {
  'settings-at-boot': 'settings are judged before the database is opened',
  csrf: 'origins are judged before the session is looked up',
  'login-production': 'about the attributes of a cookie',
  'refresh-body-transport': 'about the way a token travels',
  'rate-limits': 'counted in memory',
  'rate-limits-redis': 'counted in Redis',
  'secret-rotation': 'about signatures',
};

/** The projects of the workshop whose result may depend on the database. */
const WORKSHOP = ['databases', 'comparison', 'fuzz'];

const CONNECT_TIMEOUT = 5000;

const connections = {
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

const DATABASES = Object.keys(connections);

const HELP = `Usage: npm run databases -- [--only sqlite,postgres,mysql] [test files]

Runs the HTTP tests of the project, then ${WORKSHOP.join(', ')} of the workshop, on each database, one
after the other. Every server under test gets a database of its own with a random name, which is
dropped afterwards.

  --only  the databases to run on, comma-separated; all of them by default
  --help  this text

Test files are named from the root of the project: tests/http/refresh.test.ts,
maintainers/databases/refresh-postgres.test.ts.

Servers: TEST_POSTGRES_URL (${urls.postgres.default}),
TEST_MYSQL_URL (${urls.mysql.default}). One that cannot be reached is skipped, except under
CI=true, where that is a failure.

Postgres and MySQL leave out, unless test files are named:
${Object.entries(SAME_ANYWHERE)
  .map(([name, reason]) => `  ${name}: ${reason}`)
  .join('\n')}`;

function urlOf(database) {
  const { variable, default: fallback } = urls[database];
  return process.env[variable] || fallback;
}

const fileOf = (name) => `tests/http/${name}.test.ts`;

const refuse = (message) => {
  console.error(`${message}\nTry --help.`);
  process.exit(2);
};

const parse = () => {
  const options = { only: { type: 'string' }, help: { type: 'boolean', default: false } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuse(error.message);
  }
};

const readArguments = () => {
  const { values, positionals: files } = parse();
  const chosen = values.only?.split(',') ?? DATABASES;
  const unknown = chosen.filter((name) => !DATABASES.includes(name));
  if (unknown.length > 0) refuse(`--only knows ${DATABASES.join(', ')}; not ${unknown.join(', ')}`);
  return { help: values.help, chosen, files };
};

/** Why a database cannot be reached, or undefined when it can. */
const obstacle = async (database) => {
  try {
    await connections[database]();
    return undefined;
  } catch (error) {
    // Where a name has several addresses the reasons are inside, and no message outside.
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

/** Runs the named files, each where its configuration is. */
const runFiles = (database, files) => {
  const prefix = 'maintainers/';
  const ours = files.filter((file) => !file.startsWith(prefix));
  const inWorkshop = files.filter((file) => file.startsWith(prefix));
  const runs = [
    [root, [...projects(['http']), ...ours], ours],
    [
      workshop,
      [...projects(WORKSHOP), ...inWorkshop.map((file) => file.slice(prefix.length))],
      inWorkshop,
    ],
  ];
  return runs
    .filter(([, , named]) => named.length > 0)
    .map(([cwd, args]) => runVitest(cwd, database, args))
    .every(Boolean);
};

const runAll = (database) => {
  const leftOut = database === 'sqlite' ? [] : Object.keys(SAME_ANYWHERE);
  const exclude = leftOut.flatMap((name) => ['--exclude', fileOf(name)]);
  return [
    runVitest(root, database, [...projects(['http']), ...exclude]),
    runVitest(workshop, database, projects(WORKSHOP)),
  ].every(Boolean);
};

const runTests = (database, files) => {
  const gone = Object.keys(SAME_ANYWHERE).filter(
    (name) => !existsSync(path.join(root, fileOf(name))),
  );
  if (gone.length > 0) refuse(`SAME_ANYWHERE names tests that do not exist: ${gone.join(', ')}`);
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
  const reason = await obstacle(database);
  if (reason !== undefined) {
    const consequence = isRequired ? 'it has to be under CI=true' : 'skipped';
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
