import { milliseconds, number, percent, table } from './markdown.mjs';

const NAMES = {
  project: 'This project',
  strapi: "Strapi's own refresh mode",
  stateless: "The tutorial's stateless flow",
  floor: 'Floor: no database',
};

const renderRun = ({ date, machine, versions, settings }) => {
  const { processor, cores, memory, system } = machine;
  const software = Object.entries(versions).map((entry) => entry.join(' '));
  const { clients, rounds, seconds, rows } = settings;
  return (
    `Measured on ${date}: ${processor}, ${cores} cores, ${memory}, ${system}; ${software.join(', ')}. ` +
    `The servers, the database and the ${clients} clients share that machine. ` +
    `Medians of ${rounds} rounds of ${seconds} s; a full table has ${number(rows)} rows.`
  );
};

const renderTargets = (targets) => {
  const rows = targets.map(({ figure, atLeast, atMost, reached, isMet }) => [
    figure,
    atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`,
    number(reached),
    isMet ? 'reached' : '**missed**',
  ]);
  const notes = targets
    .filter(({ isMet }) => !isMet)
    .map(({ figure, why }) => `- Missed: ${figure}. ${why}`);
  const targetTable = table(['ratio within one run', 'target', 'measured', ''], rows);
  return notes.length === 0 ? targetTable : `${targetTable}\n\n${notes.join('\n')}`;
};

const renderSpeed = (figures) =>
  figures
    ? [number(figures.perSecond), milliseconds(figures.p50), milliseconds(figures.p99)]
    : ['–', '–', '–'];

const renderCost = (value) => (value === null || value === undefined ? '–' : milliseconds(value));

const renderLoads = (variants, [server, database]) =>
  table(
    ['', 'per second', 'p50', 'p99', server, database],
    variants.map(([name, figures]) => [
      name,
      ...renderSpeed(figures),
      renderCost(figures.serverCpu),
      renderCost(figures.databaseCpu),
    ]),
  );

const COST_HEADINGS = ['processor time, server', 'processor time, database'];

const renderRefreshes = (results, rows) => {
  const loads = [];
  for (const [variant, { refresh, refreshFull, refreshSpread }] of Object.entries(results)) {
    loads.push([NAMES[variant], refresh]);
    if (refreshFull) loads.push([`${NAMES[variant]}, ${number(rows)} rows`, refreshFull]);
    if (refreshSpread) loads.push([`${NAMES[variant]}, spread over these rows`, refreshSpread]);
  }
  return renderLoads(loads, COST_HEADINGS);
};

const renderRequests = (results) =>
  renderLoads(
    Object.entries(results)
      .filter(([, { authenticated }]) => authenticated)
      .map(([variant, { authenticated }]) => [NAMES[variant], authenticated]),
    COST_HEADINGS,
  );

const renderCounts = (results) =>
  table(
    [
      '',
      'SQL statements of a refresh',
      'of a request',
      'of a login',
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

const renderInPlace = ({ refreshFull, refreshSpread }) =>
  `Updates that wrote to no index: ${percent(refreshFull.inPlace)} when the same sessions refresh ` +
  `repeatedly, ${percent(refreshSpread.inPlace)} when each refresh is the first of another stored session and ` +
  'comes from another address than its login (the address is indexed).';

const postgresSections = (results, rows) => [
  '### Refreshes, PostgreSQL',
  renderRefreshes(results, rows),
  renderInPlace(results.project),
  '### Authenticated requests (`GET /api/users/me`), PostgreSQL',
  renderRequests(results),
  '### Statements, login latency and stored rows, PostgreSQL',
  renderCounts(results),
];

const sqliteSections = (results) => ['### Refreshes, SQLite in WAL mode', renderRefreshes(results)];

const summaryRow = (title, variants, of) => [
  title,
  ...variants.map((variant) => {
    const value = variant && of(variant);
    return value === undefined ? '–' : value;
  }),
];

/** Renders the block of the project's README from a whole run. */
export const renderSummary = ({ figures: { postgres, sqlite }, settings, ...run }) => {
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

/** Renders the report of a run in Markdown. */
export const renderReport = (results) => {
  const { figures, targets, settings } = results;
  return [
    renderRun(results),
    renderTargets(targets),
    '![Refreshes per second](chart.svg)',
    ...(figures.postgres ? postgresSections(figures.postgres, settings.rows) : []),
    ...(figures.sqlite ? sqliteSections(figures.sqlite) : []),
  ].join('\n\n');
};
