import { processorTime } from './statistics.mjs';

/**
 * The targets: ratios of figures of the same run, and numbers of statements. `of` returns undefined where a variant was
 * not measured. `why` says what limits the figure; a missed target prints it.
 */
const TARGETS = [
  {
    figure: "`/users/me`: requests/s against Strapi's own mode, which checks no session",
    atLeast: 2,
    of: ({ project, strapi }) => project.account.perSecond / strapi.account.perSecond,
    why: 'Strapi itself does much of the work: the route, its own read of the user, and the response.',
  },
  {
    figure: "`/users/me`: processor time against Strapi's own mode",
    atMost: 0.45,
    of: ({ project, strapi }) => processorTime(project.account) / processorTime(strapi.account),
    why: 'The HTTP stack, the route and its own read of the user cost the same in both.',
  },
  {
    figure: '`/users/me`: SQL statements, one of them of the route itself',
    atMost: 2,
    of: ({ project }) => project.statements.account,
    why: 'Session, user, role and permissions are read by statements of their own.',
  },
  {
    figure: '`/photos`: SQL statements, six of them of the route itself',
    atMost: 7,
    of: ({ project }) => project.statements.photos,
    why: 'Session, user, role and permissions are read by statements of their own.',
  },
  {
    figure: '`/photos`: requests/s against the earlier commit',
    atLeast: 1.5,
    of: ({ project, before }) => before && project.photos.perSecond / before.photos.perSecond,
    why: 'The six statements of the route itself cost the same in both.',
  },
  {
    figure: '`/users/me` with ES256: processor time against HS256',
    atMost: 1.1,
    of: ({ project, es256 }) => processorTime(es256.account) / processorTime(project.account),
    why: 'An ECDSA signature takes longer to verify than an HMAC.',
  },
  {
    figure: 'Refreshes/s with ES256 against HS256',
    atLeast: 0.85,
    of: ({ project, es256 }) => es256.refresh.perSecond / project.refresh.perSecond,
    why: 'An ECDSA signature takes longer to create than an HMAC.',
  },
  {
    figure: 'SQL statements of a refresh',
    atMost: 1,
    of: ({ project }) => project.statements.refresh,
    why: 'The session is read before it is rotated.',
  },
  {
    figure: "Refreshes/s against Strapi's own mode, empty tables",
    atLeast: 8,
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'Signing, verifying and the HTTP stack are the same for both and limit the ratio.',
  },
  {
    figure: 'The same with full tables',
    atLeast: 120,
    of: ({ project, strapi }) => project.refreshFull.perSecond / strapi.refreshFull.perSecond,
    why: "Strapi reads its whole table, so that the ratio depends on the table's size and the machine's speed.",
  },
  {
    figure: 'Our refreshes/s with a full table against our own with an empty one',
    atLeast: 0.9,
    of: ({ project }) => project.refreshFull.perSecond / project.refresh.perSecond,
    why: 'The indexes are deeper. The rest is noise of the machine.',
  },
  {
    figure: "Refreshes/s against the tutorial's stateless refresh",
    atLeast: 1,
    of: ({ project, stateless }) => project.refresh.perSecond / stateless.refresh.perSecond,
    why: 'Ours writes, so that each response waits for a commit.',
  },
  {
    figure: 'Refreshes/s against the floor without a database',
    atLeast: 0.65,
    of: ({ project, floor }) => project.refresh.perSecond / floor.refresh.perSecond,
    why: 'The floor does not need the processor time of a statement through knex and pg: see "Floor, with one UPDATE".',
  },
  {
    figure: 'Refreshes/s against the floor with one UPDATE by a key',
    atLeast: 0.8,
    of: ({ project, update }) => project.refresh.perSecond / update.refresh.perSecond,
    why: 'The update writes more columns and returns them; the session, its owner and the limit are checked.',
  },
  {
    figure: "Refreshes/s against Strapi's own mode, SQLite (WAL)",
    atLeast: 4,
    part: 'sqlite',
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'SQLite runs in the process of Strapi. Its statements are cheap, so that the work that both share weighs more.',
  },
  {
    figure: "Login latency (p50) against Strapi's own mode",
    atMost: 1.05,
    of: ({ project, strapi }) => project.login.p50 / strapi.login.p50,
    why: 'bcrypt takes nearly all of the time, and the same time in both.',
  },
  {
    figure: "Time from `npm start` to the first response against Strapi's own mode",
    atMost: 1.1,
    part: 'footprint',
    of: ({ project, strapi }) => project.bootTime / strapi.bootTime,
    why: 'The extension loads its modules, checks its settings and creates a table and permissions.',
  },
  {
    figure: "Memory after refreshes against Strapi's own mode",
    atMost: 1.1,
    part: 'footprint',
    of: ({ project, strapi }) => project.refreshed / strapi.refreshed,
    why: 'The extension loads modules that a stock app does not have.',
  },
];

/** Compares the figures with the targets. Leaves out the targets of what was not measured. */
export const compareWithTargets = (figures) =>
  TARGETS.flatMap(({ figure, part = 'postgres', of, why, atLeast, atMost }) => {
    const reached = figures[part] && of(figures[part]);
    if (reached === undefined) return [];
    if (!Number.isFinite(reached)) throw new Error(`Not measured: ${figure}`);
    const isMet = atMost === undefined ? reached >= atLeast : reached <= atMost;
    return [{ figure, atLeast, atMost, reached, isMet, why }];
  });
