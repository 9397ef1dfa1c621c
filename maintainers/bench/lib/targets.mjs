/** The targets: ratios of figures of the same run. `why` says what limits the ratio; a missed target prints it. */
const TARGETS = [
  {
    figure: "Refreshes/s against Strapi's own mode, empty tables",
    atLeast: 5,
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'Signing, verifying and the HTTP stack are the same for both and limit the ratio.',
  },
  {
    figure: 'The same with full tables',
    atLeast: 60,
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
    why: 'Both run two statements. Ours writes, so that each response waits for a commit.',
  },
  {
    figure: 'Refreshes/s against the floor without a database',
    atLeast: 0.6,
    of: ({ project, floor }) => project.refresh.perSecond / floor.refresh.perSecond,
    why: 'The floor does not need the processor time of two statements through knex and pg.',
  },
  {
    figure: "Refreshes/s against Strapi's own mode, SQLite (WAL)",
    atLeast: 4,
    database: 'sqlite',
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'SQLite runs in the process of Strapi. Its statements are cheap, so that the work that both share weighs more.',
  },
  {
    figure: "Authenticated requests/s against Strapi's own mode, which checks no session",
    atLeast: 1.2,
    of: ({ project, strapi }) => project.authenticated.perSecond / strapi.authenticated.perSecond,
    why: 'Strapi itself does most of the work: the user, the role, its permissions and the response.',
  },
  {
    figure: "Login latency (p50) against Strapi's own mode",
    atMost: 1.05,
    of: ({ project, strapi }) => project.login.p50 / strapi.login.p50,
    why: 'bcrypt takes nearly all of the time, and the same time in both.',
  },
];

/** Computes the ratio of each target. Leaves out the targets of a database that was not measured. */
export const compareWithTargets = (figures) =>
  TARGETS.filter(({ database = 'postgres' }) => figures[database]).map(
    ({ figure, database = 'postgres', of, why, atLeast, atMost }) => {
      const reached = of(figures[database]);
      if (!Number.isFinite(reached)) throw new Error(`Not measured: ${figure}`);
      const isMet = atMost === undefined ? reached >= atLeast : reached <= atMost;
      return { figure, atLeast, atMost, reached, isMet, why };
    },
  );
