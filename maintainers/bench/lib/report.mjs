import { milliseconds, number, percent, table } from './markdown.mjs';
import { processorTime } from './statistics.mjs';
import { VARIANTS } from './variants.mjs';

const nameOf = (variant) => VARIANTS[variant]?.name ?? 'PostgreSQL alone (pgbench)';

const renderRun = ({ date, machine, versions, settings }) => {
  const { processor, cores, memory, system } = machine;
  const software = Object.entries(versions).map((entry) => entry.join(' '));
  const { clients, rounds, seconds, rows, against } = settings;
  return (
    `Measured on ${date}: ${processor}, ${cores} cores, ${memory}, ${system}; ${software.join(', ')}. ` +
    `The servers, the database and the ${clients} clients share that machine. ` +
    `Medians of ${rounds} rounds of ${seconds} s; a full table has ${number(rows)} rows.` +
    (against ? ` "This project, before" is commit ${against}.` : '')
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

const orDash = (value, format) => (value === null || value === undefined ? '–' : format(value));

/** Renders a load of all variants that it was measured of, with an empty and with a full table. */
const renderLoad = (load, results, rows) => {
  const lines = [];
  for (const [variant, figures] of Object.entries(results)) {
    const statements = figures.statements?.[load];
    const add = (suffix, measured) =>
      measured && lines.push({ name: `${nameOf(variant)}${suffix}`, statements, ...measured });
    add('', figures[load]);
    add(`, ${number(rows)} rows`, figures[`${load}Full`]);
    add(', spread over these rows', figures[`${load}Spread`]);
  }
  return table(
    [
      ...['', 'per second', 'p50', 'p99', 'processor time, server', 'processor time, database'],
      'SQL statements',
    ],
    lines.map((line) => [
      line.name,
      number(line.perSecond),
      ...[line.p50, line.p99, line.serverCpu, line.databaseCpu].map((time) =>
        orDash(time, milliseconds),
      ),
      orDash(line.statements, number),
    ]),
  );
};

const renderLogins = (results) =>
  table(
    ['', 'login latency (p50)', 'SQL statements of a login', 'rows after 1,000 refreshes'],
    Object.entries(results)
      .filter(([, { login }]) => login)
      .map(([variant, { statements, login, rowsPerThousand }]) => [
        nameOf(variant),
        milliseconds(login.p50),
        statements.login,
        number(rowsPerThousand),
      ]),
  );

const megabytes = (size) => `${number(size)} MB`;

const renderFootprint = (results) =>
  table(
    ['', 'to the first response', 'memory after it', 'memory after refreshes', 'refreshes'],
    Object.entries(results).map(([variant, { bootTime, booted, refreshed, refreshes }]) => [
      nameOf(variant),
      `${number(bootTime / 1000)} s`,
      megabytes(booted),
      megabytes(refreshed),
      number(refreshes),
    ]),
  );

const renderInPlace = ({ refreshFull, refreshSpread }) =>
  `Updates that wrote to no index: ${percent(refreshFull.inPlace)} when the same sessions refresh ` +
  `repeatedly, ${percent(refreshSpread.inPlace)} when each refresh is the first of another stored session and ` +
  'comes from another address than its login (the address is indexed).';

const postgresSections = (results, rows) => [
  '### Refreshes, PostgreSQL',
  renderLoad('refresh', results, rows),
  renderInPlace(results.project),
  '### Authenticated requests, PostgreSQL',
  '`GET /api/users/me`:',
  renderLoad('account', results, rows),
  '`GET /api/photos`, of an empty table:',
  renderLoad('photos', results, rows),
  '### Logins and stored rows, PostgreSQL',
  renderLogins(results),
];

const footprintSections = (results) => ['### Boot and memory', renderFootprint(results)];

const sqliteSections = (results, rows) => [
  '### Refreshes, SQLite in WAL mode',
  renderLoad('refresh', results, rows),
];

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
        summaryRow('`GET /users/me` a second', onPostgres, ({ account }) => speedOf(account)),
        summaryRow('its processor time, server and database', onPostgres, ({ account }) =>
          milliseconds(processorTime(account)),
        ),
        summaryRow('login, median', onPostgres, ({ login }) => milliseconds(login.p50)),
        summaryRow(
          'SQL statements of a refresh, and of `GET /users/me`',
          onPostgres,
          ({ statements }) => `${statements.refresh}, ${statements.account}`,
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
    '![Refreshes and requests per second](maintainers/bench/chart.svg)',
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
    '![Refreshes and requests per second](chart.svg)',
    ...(figures.postgres ? postgresSections(figures.postgres, settings.rows) : []),
    ...(figures.footprint ? footprintSections(figures.footprint) : []),
    ...(figures.sqlite ? sqliteSections(figures.sqlite, settings.rows) : []),
  ].join('\n\n');
};
