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

const HELP = `Measures the admin API on PostgreSQL with many stored sessions, and prints a table.

  npm run bench:admin             a million sessions of 100,000 users
  npm run bench:admin -- --rows N another number, of N/10 users

PostgreSQL is taken from TEST_POSTGRES_URL, as by npm run bench.`;

const TIMES = 21;
const ACCOUNT = { firstname: 'Ada', email: 'ada@example.com', password: 'Correct-horse-1' };

/** What is asked for, by how it is called in the report. */
const LISTS = {
  'all, newest login first': '',
  'all, oldest login first': 'sort=loginAt:asc',
  'live ones': 'state=live',
  'live ones, oldest login first': 'state=live&sort=loginAt:asc',
  'ended ones': 'state=ended',
  'ended for reuse': 'state=reuse-detected',
  'the last page of 100': 'page=100&pageSize=100',
  'one user': 'userId=77777',
  'one user, by last use': 'userId=77777&sort=lastUsedAt:desc',
  'search: one user name': 'search=person77777',
  'search: part of every e-mail address': 'search=example.com',
  'search: a device of a third of all': 'search=chrome on win',
  'search: the same, ended ones': 'search=chrome on win&state=ended',
  'search: an address': 'search=203.1.100.23',
  'search: nothing there': 'search=zzzzzz',
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

const measureList = async (admin, name, query) => {
  const times = [];
  let answer;
  for (let count = 0; count < TIMES; count += 1) {
    const measured = await timed(() => admin.get(`?${query}`));
    times.push(measured.time);
    answer = measured.answer;
  }
  const { total, isTotalExact } = answer.pagination;
  const counted = `${number(total)}${isTotalExact ? '' : ' or more'}`;
  return [name, counted, milliseconds(median(times)), milliseconds(percentile(times, 0.95))];
};

const measureRevocation = async (admin, name, body) => {
  const { time, answer } = await timed(() => admin.post('/revoke', body));
  const { revoked } = answer.data;
  return [name, number(revoked), `${number(time / 1000)} s`, number((revoked * 1000) / time)];
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

  const lists = [];
  for (const [name, query] of Object.entries(LISTS)) {
    progress(name);
    lists.push(await measureList(admin, name, query));
  }
  const figures = await timed(() => admin.get('/statistics'));
  const again = await timed(() => admin.get('/statistics'));
  lists.push(
    ['figures, computed', '', milliseconds(figures.time), ''],
    ['figures, within the minute', '', milliseconds(again.time), ''],
  );
  progress('Revoking');
  const filter = { search: 'firefox' };
  const counted = await timed(() => admin.post('/revoke', { filter, dryRun: true }));
  lists.push(['how many a revocation would end', '10,000 or more', milliseconds(counted.time), '']);
  const revocations = [
    await measureRevocation(admin, 'every session on a device', { filter }),
    await measureRevocation(admin, 'every session on another', { filter: { search: 'safari' } }),
  ];
  return { lists, revocations };
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
    const { lists, revocations } = await measure(Number(values.rows), cleanUp);
    console.log(`\n${table(['answer', 'sessions', 'median', '95 %'], lists)}`);
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
