import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import chunk from 'lodash/chunk.js';
import { createWorkFolder, prepareApps } from './lib/apps.mjs';
import { createCleanUp } from './lib/clean-up.mjs';
import { createEnvironment } from './lib/environment.mjs';
import { milliseconds, number, table } from './lib/markdown.mjs';
import { progress } from './lib/progress.mjs';
import { createSqliteDatabase } from './lib/sqlite.mjs';

const HELP = `Measures for how long the purge keeps a process with SQLite from its requests, and prints a table.

  npm run bench:purge             300,000 sessions, all ended, or all live
  npm run bench:purge -- --rows N another number`;

const DAY = 24 * 60 * 60 * 1000;

/** Rows as long logins leave them, in one transaction. */
const fill = async (knex, rows, expiresAt) => {
  const now = Date.now();
  const [{ id }] = await knex('up_users')
    .insert({ document_id: 'bench', username: 'bench', email: 'bench@example.com' })
    .returning('id');
  const sessions = Array.from({ length: rows }, () => ({
    session_id: randomBytes(16).toString('base64url'),
    document_id: randomBytes(12).toString('hex'),
    user_id: id,
    user_document_id: 'bench',
    generation: 3,
    rotated_at: now - 3 * DAY,
    expires_at: expiresAt,
    absolute_expires_at: now + 27 * DAY,
    login_at: now - 3 * DAY,
    device_name: 'Chrome on Windows',
    user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36',
    ip_address: '203.0.113.7',
  }));
  await knex.transaction(async (transaction) => {
    for (const some of chunk(sessions, 500)) await transaction('up_sessions').insert(some);
  });
};

const measure = async (knex, purge, name, rows, expiresAt) => {
  progress(`Filling the table: ${name}`);
  await knex('up_users').delete();
  await fill(knex, rows, expiresAt);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  delay.enable();
  const deleted = await purge();
  delay.disable();
  const took = performance.now() - started;
  return [name, number(deleted), milliseconds(took), milliseconds(delay.max / 1e6)];
};

const run = async (rows, cleanUp) => {
  progress('Compiling the project');
  const folder = createWorkFolder(cleanUp);
  const { project } = await prepareApps(folder);
  const database = await createSqliteDatabase('purge', folder);
  Object.assign(process.env, createEnvironment(), database.environment);
  const { createStrapi } = createRequire(import.meta.url)('@strapi/strapi');
  const { appDir, distDir } = project;
  const strapi = createStrapi({ appDir, distDir, serveAdminPanel: false, autoReload: false });
  await strapi.load();
  const purge = () => strapi.plugin('users-permissions').service('session').purge();
  const knex = strapi.db.connection;
  const measured = [
    await measure(knex, purge, 'all ended', rows, Date.now() - 2 * DAY),
    await measure(knex, purge, 'all live', rows, Date.now() + DAY),
  ];
  await strapi.destroy();
  return measured;
};

const main = async () => {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '300000' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const cleanUp = createCleanUp();
  cleanUp.onInterrupt();
  try {
    const measured = await run(Number(values.rows), cleanUp);
    console.log(`\n${table(['sessions', 'deleted', 'took', 'longest pause'], measured)}`);
  } finally {
    await cleanUp.run();
  }
};

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
