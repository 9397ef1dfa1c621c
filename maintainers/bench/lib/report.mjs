import { milliseconds, number, percent, table } from './markdown.mjs';

const NAMES = {
  project: 'This project',
  strapi: "Strapi's own refresh mode",
  stateless: "The tutorial's stateless flow",
  floor: 'Floor: no database',
};

const describeRun = ({ date, machine, versions, settings }) => {
  const { processor, cores, memory, system } = machine;
  const software = Object.entries(versions).map((entry) => entry.join(' '));
  const { clients, rounds, seconds, rows } = settings;
  return (
    `Measured on ${date}: ${processor}, ${cores} cores, ${memory}, ${system}; ${software.join(', ')}. ` +
    `The servers, the database and the ${clients} clients share that machine. ` +
    `Medians of ${rounds} rounds of ${seconds} s; a full table has ${number(rows)} rows.`
  );
};

const tableOfTargets = (targets) => {
  const rows = targets.map(({ figure, atLeast, atMost, reached, isMet }) => [
    figure,
    atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`,
    number(reached),
    isMet ? 'reached' : '**missed**',
  ]);
  const notes = targets
    .filter(({ isMet }) => !isMet)
    .map(({ figure, why }) => `- Missed: ${figure}. ${why}`);
  const title = table(['ratio within one run', 'target', 'measured', ''], rows);
  return notes.length === 0 ? title : `${title}\n\n${notes.join('\n')}`;
};

const speed = (figures) =>
  figures
    ? [number(figures.perSecond), milliseconds(figures.p50), milliseconds(figures.p99)]
    : ['–', '–', '–'];

const cost = (value) => (value === null || value === undefined ? '–' : milliseconds(value));

const tableOfLoads = (variants, [server, database]) =>
  table(
    ['', 'per second', 'p50', 'p99', server, database],
    variants.map(([name, figures]) => [
      name,
      ...speed(figures),
      cost(figures.serverCpu),
      cost(figures.databaseCpu),
    ]),
  );

const COSTS = ['processor time, server', 'processor time, database'];

const refreshesOf = (results, rows) => {
  const loads = [];
  for (const [variant, { refresh, refreshFull, refreshSpread }] of Object.entries(results)) {
    loads.push([NAMES[variant], refresh]);
    if (refreshFull) loads.push([`${NAMES[variant]}, ${number(rows)} rows`, refreshFull]);
    if (refreshSpread) loads.push([`${NAMES[variant]}, spread over them`, refreshSpread]);
  }
  return tableOfLoads(loads, COSTS);
};

const requestsOf = (results) =>
  tableOfLoads(
    Object.entries(results)
      .filter(([, { authenticated }]) => authenticated)
      .map(([variant, { authenticated }]) => [NAMES[variant], authenticated]),
    COSTS,
  );

const countsOf = (results) =>
  table(
    [
      '',
      'statements: refresh',
      'request',
      'login',
      'login latency (p50)',
      'rows after 1,000 refreshes',
    ],
    Object.entries(results).map(([variant, { statements, login, rowsPerThousand }]) => [
      NAMES[variant],
      statements.refresh,
      statements.authenticated,
      statements.login,
      login ? milliseconds(login.p50) : '–',
      rowsPerThousand === undefined ? '–' : number(rowsPerThousand),
    ]),
  );

const inPlaceOf = ({ refreshFull, refreshSpread }) =>
  `Updates that touched no index: ${percent(refreshFull.inPlace)} when the same sessions refresh again ` +
  `and again, ${percent(refreshSpread.inPlace)} when each refresh is another stored session's first and comes from ` +
  'another address than the login, which is indexed.';

const postgresSections = (results, rows) => [
  '### Refreshes, PostgreSQL',
  refreshesOf(results, rows),
  inPlaceOf(results.project),
  '### Authenticated requests (`GET /api/users/me`), PostgreSQL',
  requestsOf(results),
  '### What an operation takes, PostgreSQL',
  countsOf(results),
];

const sqliteSections = (results) => ['### Refreshes, SQLite in WAL mode', refreshesOf(results)];

const summaryRow = (what, variants, of) => [
  what,
  ...variants.map((variant) => {
    const value = variant && of(variant);
    return value === undefined ? '–' : value;
  }),
];

/** What a reader in a hurry wants of a whole run, in Markdown. */
export const writeSummary = ({ figures: { postgres, sqlite }, settings, ...run }) => {
  const names = ['project', 'strapi', 'stateless'];
  const onPostgres = names.map((name) => postgres[name]);
  const onSqlite = names.map((name) => sqlite[name]);
  const speedOf = (load) => load && number(load.perSecond);
  return [
    table(
      ['PostgreSQL', 'this project', "Strapi's own", 'the tutorial'],
      [
        summaryRow('refreshes a second', onPostgres, ({ refresh }) => speedOf(refresh)),
        summaryRow(`with ${number(settings.rows)} stored rows`, onPostgres, ({ refreshFull }) =>
          speedOf(refreshFull),
        ),
        summaryRow('requests a second with an access token', onPostgres, (variant) =>
          speedOf(variant.authenticated),
        ),
        summaryRow('login, median', onPostgres, ({ login }) => milliseconds(login.p50)),
        summaryRow(
          'SQL statements of a refresh',
          onPostgres,
          (variant) => variant.statements.refresh,
        ),
        summaryRow('rows after 1,000 refreshes', onPostgres, ({ rowsPerThousand }) =>
          number(rowsPerThousand),
        ),
        summaryRow('refreshes a second on SQLite', onSqlite, ({ refresh }) => speedOf(refresh)),
      ],
    ),
    `Measured on ${run.date} by \`npm run --prefix maintainers bench\`: ` +
      `${run.machine.cores} cores for servers, database and ${settings.clients} clients together.`,
    '<!-- maintainers -->',
    '![Refreshes per second](maintainers/bench/chart.svg)',
    '[All figures, and how they are measured](maintainers/bench/README.md).',
    '<!-- /maintainers -->',
  ].join('\n\n');
};

/** The whole report of a run, in Markdown. */
export const writeReport = (results) => {
  const { figures, targets, settings } = results;
  return [
    describeRun(results),
    tableOfTargets(targets),
    '![Refreshes per second](chart.svg)',
    ...(figures.postgres ? postgresSections(figures.postgres, settings.rows) : []),
    ...(figures.sqlite ? sqliteSections(figures.sqlite) : []),
  ].join('\n\n');
};
