import { milliseconds, number, percent, table } from './markdown.mjs';

/** The assumptions of docs/scaling.md. In seconds: a session in use refreshes once in this time. */
const ACCESS_TOKEN_LIFE = 360;
/** The share of the sessions that is in use at the busiest hour. */
const ACTIVE_SHARE = 0.1;
/** The share of the time that a core is planned to be busy. */
const BUSY_SHARE = 0.5;
const SIZES = [10_000, 1_000_000, 100_000_000];
const MILLISECONDS = 1000;

const UNITS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
];

const bytes = (size) => {
  const [unit, one] = UNITS.find(([, value]) => size >= value) ?? ['bytes', 1];
  return `${number(Math.round((size / one) * 10) / 10)} ${unit}`;
};

/** Returns the measured costs that a plan is computed from. */
const costsOf = ({ figures: { postgres } }) => {
  const { refreshSpread, accountFull, rowBytes } = postgres.project;
  return { refreshSpread, accountFull, rowBytes };
};

/** Computes what a number of sessions needs. Sizes are in bytes. */
const plan = (sessions, { refreshSpread, rowBytes }) => {
  const perSecond = (sessions * ACTIVE_SHARE) / ACCESS_TOKEN_LIFE;
  const coresFor = (cpu) => (perSecond * cpu) / MILLISECONDS / BUSY_SHARE;
  return {
    sessions,
    perSecond,
    serverCores: coresFor(refreshSpread.serverCpu),
    databaseCores: refreshSpread.databaseCpu === null ? null : coresFor(refreshSpread.databaseCpu),
    table: sessions * rowBytes.table,
    indexes: sessions * rowBytes.indexes,
    total: sessions * rowBytes.total,
  };
};

const describeOrigin = ({ date }) =>
  `Measured on ${date} by \`npm run bench\` in the workshop of strapi-refresh-token-starter.`;

const describeLoad = (name, names, { serverCpu, databaseCpu, perSecond }) => [
  [`processor time of ${name}, Strapi`, milliseconds(serverCpu)],
  [
    `processor time of ${name}, PostgreSQL`,
    databaseCpu === null ? 'not known' : milliseconds(databaseCpu),
  ],
  [`${names} per second, all on one machine`, number(perSecond)],
];

const describeCosts = ({ refreshSpread, accountFull, rowBytes }) =>
  table(
    ['measured', ''],
    [
      ...describeLoad('a refresh', 'refreshes', refreshSpread),
      ...describeLoad('`GET /api/users/me`', 'the same requests', accountFull),
      [
        'the same requests per second of one core for Strapi, half busy',
        number((MILLISECONDS * BUSY_SHARE) / accountFull.serverCpu),
      ],
      ['updates of sessions that touch no index', percent(refreshSpread.inPlace)],
      ['bytes per session, table', number(rowBytes.table)],
      ['bytes per session, indexes', number(rowBytes.indexes)],
    ],
  );

const describePlans = (plans) =>
  table(
    ['sessions', ...plans.map(({ sessions }) => number(sessions))],
    [
      ['refreshes per second', ...plans.map(({ perSecond }) => number(perSecond))],
      ['cores for Strapi', ...plans.map(({ serverCores }) => number(serverCores))],
      [
        'instances (one core each, two at least)',
        ...plans.map(({ serverCores }) => number(Math.max(2, Math.ceil(serverCores)))),
      ],
      [
        'cores for PostgreSQL',
        ...plans.map(({ databaseCores }) =>
          databaseCores === null ? 'not known' : number(databaseCores),
        ),
      ],
      ['table', ...plans.map((each) => bytes(each.table))],
      ['indexes', ...plans.map((each) => bytes(each.indexes))],
      ['on disk', ...plans.map((each) => bytes(each.total))],
    ],
  );

/** The two computed blocks of docs/scaling.md. */
export const writeCapacity = (results) => {
  const costs = costsOf(results);
  return {
    costs: `${describeOrigin(results)}\n\n${describeCosts(costs)}`,
    plans: describePlans(SIZES.map((sessions) => plan(sessions, costs))),
  };
};
