/**
 * What is to be reached: ratios within one run. `why` says what limits a figure that is missed.
 */
const TARGETS = [
  {
    figure: "Refreshes/s against Strapi's own mode, empty tables",
    atLeast: 5,
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'Signing, verifying and the HTTP stack are the same for both and bound the ratio.',
  },
  {
    figure: 'The same with full tables',
    atLeast: 60,
    of: ({ project, strapi }) => project.refreshFull.perSecond / strapi.refreshFull.perSecond,
    why: "Strapi reads its table from end to end; the ratio is that of the table's size to the machine's speed.",
  },
  {
    figure: 'Our refreshes/s with a full table against our own with an empty one',
    atLeast: 0.9,
    of: ({ project }) => project.refreshFull.perSecond / project.refresh.perSecond,
    why: 'One index more to walk down, and noise of the machine.',
  },
  {
    figure: "Refreshes/s against the tutorial's stateless refresh",
    atLeast: 1,
    of: ({ project, stateless }) => project.refresh.perSecond / stateless.refresh.perSecond,
    why: 'Both take two statements; ours writes, so that each answer waits for a commit.',
  },
  {
    figure: 'Refreshes/s against the floor without a database',
    atLeast: 0.6,
    of: ({ project, floor }) => project.refresh.perSecond / floor.refresh.perSecond,
    why: 'Two statements through knex and pg cost more processor time than the floor leaves.',
  },
  {
    figure: "Refreshes/s against Strapi's own mode, SQLite (WAL)",
    atLeast: 4,
    database: 'sqlite',
    of: ({ project, strapi }) => project.refresh.perSecond / strapi.refresh.perSecond,
    why: 'SQLite runs in the process of Strapi: statements are cheap, and what both do weighs more.',
  },
  {
    figure: "Authenticated requests/s against Strapi's own mode, which checks no session",
    atLeast: 1.2,
    of: ({ project, strapi }) => project.authenticated.perSecond / strapi.authenticated.perSecond,
    why: "Most of the request is Strapi's own: the user, the role, its permissions and the answer.",
  },
  {
    figure: "Login latency (p50) against Strapi's own mode",
    atMost: 1.05,
    of: ({ project, strapi }) => project.login.p50 / strapi.login.p50,
    why: 'bcrypt is nearly all of it, and the same for both.',
  },
];

/** What each target came to; one on a database that was left out is left out. */
export const judgeTargets = (figures) =>
  TARGETS.filter(({ database = 'postgres' }) => figures[database]).map(
    ({ figure, database = 'postgres', of, why, atLeast, atMost }) => {
      const reached = of(figures[database]);
      if (!Number.isFinite(reached)) throw new Error(`Not measured: ${figure}`);
      const isMet = atMost === undefined ? reached >= atLeast : reached <= atMost;
      return { figure, atLeast, atMost, reached, isMet, why };
    },
  );
