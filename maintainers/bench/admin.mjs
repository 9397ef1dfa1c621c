import { parseArgs } from 'node:util';
import { createWorkFolder, prepareApps } from './lib/apps.mjs';
import { createCleanUp } from './lib/clean-up.mjs';
import { createEnvironment } from './lib/environment.mjs';
import { fillManySessions } from './lib/many-sessions.mjs';
import { milliseconds, number, table } from './lib/markdown.mjs';
import { createPostgresDatabase } from './lib/postgres.mjs';
import { progress } from './lib/progress.mjs';
import { startServer } from './lib/server.mjs';
import { median, percentile } from './lib/statistics.mjs';

const HELP = `Measures the admin API on PostgreSQL with many stored sessions, and prints tables.

  npm run bench:admin             a million sessions of 100,000 users
  npm run bench:admin -- --rows N another number, of N/10 users

PostgreSQL is taken from TEST_POSTGRES_URL, as by npm run bench.`;

const TIMES = 21;
const DAY = 24 * 60 * 60 * 1000;
const ACCOUNT = { firstname: 'Ada', email: 'ada@example.com', password: 'Correct-horse-1' };

/** The queries of lists, by their names in the report. */
const LISTS = {
  newest: '',
  'an older page, far down': `older=${Date.now() - 20 * DAY}-1`,
  'a newer page, far down': `newer=${Date.now() - 20 * DAY}-1`,
  live: 'state=live',
  ended: 'state=ended',
  'ended for reuse': 'state=reuse-detected',
  'one user': 'userId=77777',
  'user name: one': 'user=person77777',
  'user name: one in a hundred': 'user=person77',
  'user name: part of every e-mail address': 'user=example.com',
  'user name: nobody': 'user=zzzzzz',
  'device: a third of all': 'device=chrome on win',
  'device: the same, ended': 'device=chrome on win&state=ended',
  'device: none': 'device=zzzzzz',
  address: 'address=203.1.100.23',
  'address: none': 'address=198.51.100.1',
  'all conditions, nothing matches': `user=example.com&device=chrome&address=203.1.100.23&state=ended&userId=77777`,
};

/** The filters of dry runs and revocations, by their names in the report. */
const COUNTS = {
  'all sessions': {},
  'a device of a third of all': { device: 'chrome on win' },
  'part of every e-mail address': { user: 'example.com' },
  'one user name': { user: 'person77777' },
  'no device': { device: 'zzzzzz' },
};
const REVOCATIONS = {
  'one user name': { user: 'person7654' },
  'a device of a tenth of all': { device: 'firefox' },
  'one user name in nine': { user: 'person8' },
  'every session': {},
};

const createAdmin = async ({ url }) => {
  const send = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const { data } = await send('POST', '/admin/register-admin', ACCOUNT);
  const headers = { Authorization: `Bearer ${data.token}` };
  const base = '/users-permissions/sessions';
  return {
    get: (path) => send('GET', `${base}${path}`, undefined, headers),
    post: (path, body) => send('POST', `${base}${path}`, body, headers),
  };
};

const timed = async (run) => {
  const started = performance.now();
  const answer = await run();
  return { time: performance.now() - started, answer };
};

const measureMany = async (name, run, countOf) => {
  const times = [];
  let answer;
  for (let count = 0; count < TIMES; count += 1) {
    const measured = await timed(run);
    times.push(measured.time);
    answer = measured.answer;
  }
  return [
    name,
    countOf(answer),
    milliseconds(median(times)),
    milliseconds(percentile(times, 0.95)),
  ];
};

const measureList = (admin, name, query) =>
  measureMany(
    name,
    () => admin.get(`?${query}`),
    ({ results }) => number(results.length),
  );

const measureCount = (admin, name, filter) =>
  measureMany(
    name,
    () => admin.post('/revoke', { filter, dryRun: true }),
    ({ data: { matching, isExact } }) => `${number(matching)}${isExact ? '' : ' or more'}`,
  );

const measureRevocation = async (admin, name, filter) => {
  const { time, answer } = await timed(() => admin.post('/revoke', { filter }));
  const { revoked } = answer.data;
  return [name, number(revoked), `${number(time / 1000)} s`, number((revoked * 1000) / time)];
};

const measureAll = async (table, measureOne) => {
  const rows = [];
  for (const [name, input] of Object.entries(table)) {
    progress(name);
    rows.push(await measureOne(name, input));
  }
  return rows;
};

const measure = async (rows, cleanUp) => {
  progress('Compiling the project');
  const { project } = await prepareApps(createWorkFolder(cleanUp));
  const database = await createPostgresDatabase(`bench_admin_${process.pid}`, cleanUp);
  const environment = { ...createEnvironment(), ...database.environment };
  const server = await startServer(project, environment, cleanUp);
  const admin = await createAdmin(server);
  progress(`Filling the table with ${number(rows)} sessions`);
  await fillManySessions(database, rows);

  const lists = await measureAll(LISTS, (name, query) => measureList(admin, name, query));
  const figures = await timed(() => admin.get('/statistics'));
  const again = await timed(() => admin.get('/statistics'));
  lists.push(
    ['figures, computed', '', milliseconds(figures.time), ''],
    ['figures, within the minute', '', milliseconds(again.time), ''],
  );
  const counts = await measureAll(COUNTS, (name, filter) => measureCount(admin, name, filter));
  const revocations = await measureAll(REVOCATIONS, (name, filter) =>
    measureRevocation(admin, name, filter),
  );
  const afterwards = await measureAll(
    { 'live, after every session was revoked': 'state=live' },
    (name, query) => measureList(admin, name, query),
  );
  return { lists: [...lists, ...afterwards], counts, revocations };
};

const main = async () => {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '1000000' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const cleanUp = createCleanUp();
  cleanUp.onInterrupt();
  try {
    const { lists, counts, revocations } = await measure(Number(values.rows), cleanUp);
    console.log(`\n${table(['list', 'sessions', 'median', '95 %'], lists)}`);
    console.log(`\n${table(['dry run', 'sessions', 'median', '95 %'], counts)}`);
    console.log(`\n${table(['revocation', 'sessions', 'took', 'sessions/s'], revocations)}`);
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
