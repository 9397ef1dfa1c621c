/**
 * The rooms of the feature: imports go down only. `npm run floors` checks.
 *
 *   6  index, compose, content-types  the table of contents, and the construction of every object
 *   5  controllers, routes            an action reads its input, calls a service and answers
 *   4  http, admin                    what requests and answers look like; the Sessions feature of the admin panel
 *   3  services                       what happens to a session
 *   2  store, strapi                  the table and the counters; Strapi's own parts
 *   1  settings, core                 the variables; pure rules and tokens
 *
 * `shapes.ts` describes Strapi's types for the rooms that touch Strapi.
 */
const extension = '^src/extensions/users-permissions';
const feature = `${extension}/refresh-tokens`;

/** Everything in the feature but these rooms. */
const allBut = (...rooms) => `${feature}/(?!(${rooms.join('|')})(/|\\.|$))`;
const STRAPI = 'node_modules/(@strapi|koa|knex)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle has no bottom to start reading from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-pure',
      comment: 'Rules and tokens have to be testable with nothing but arguments.',
      severity: 'error',
      from: { path: `${feature}/core/` },
      to: { path: [allBut('core'), '^config', '^src/(?!extensions)', STRAPI] },
    },
    {
      name: 'settings-know-nothing-above',
      comment: 'The configuration files load this room before Strapi has started.',
      severity: 'error',
      from: { path: `${feature}/settings/` },
      to: { path: allBut('core', 'settings') },
    },
    {
      name: 'store-knows-core-only',
      comment: 'The table is a detail: nothing above may leak into it.',
      severity: 'error',
      from: { path: `${feature}/store/` },
      to: { path: allBut('core', 'store') },
    },
    {
      name: 'strapi-parts-know-no-sessions',
      comment: "What touches Strapi's own parts is given what it calls.",
      severity: 'error',
      from: { path: `${feature}/strapi/` },
      to: { path: allBut('core', 'settings', 'store', 'strapi', 'shapes') },
    },
    {
      name: 'services-know-no-surroundings',
      comment: 'What happens to a session must not depend on Strapi, on HTTP or on a database.',
      severity: 'error',
      from: { path: `${feature}/services/` },
      to: { path: [allBut('core', 'settings', 'services'), STRAPI] },
    },
    {
      name: 'http-knows-no-store',
      comment: 'A request reaches the table through a service only.',
      severity: 'error',
      from: { path: `${feature}/http/` },
      to: { path: allBut('core', 'settings', 'services', 'http', 'shapes') },
    },
    {
      name: 'admin-is-a-room-of-its-own',
      comment: 'It can be taken out without touching what a request of a user needs.',
      severity: 'error',
      from: { path: `${feature}/(?!(admin/|index|compose|content-types))` },
      to: { path: `${feature}/admin/` },
    },
    {
      name: 'admin-knows-no-actions',
      comment: 'It has a controller and routes of its own.',
      severity: 'error',
      from: { path: `${feature}/admin/` },
      to: { path: `${feature}/(controllers|routes|index|compose|content-types|strapi)` },
    },
    {
      name: 'actions-know-no-store',
      comment: 'An action reads input, calls a service and answers.',
      severity: 'error',
      from: { path: `${feature}/(controllers/|routes)` },
      to: { path: `${feature}/(store|strapi|admin|index|compose|content-types)` },
    },
    {
      name: 'only-the-table-of-contents-composes',
      comment: 'Whoever needs an object is given it.',
      severity: 'error',
      from: { pathNot: `${feature}/index` },
      to: { path: `${feature}/(compose|content-types)` },
    },
    {
      name: 'only-strapi-server-extends',
      comment: 'The feature is one call in the file that belongs to the project.',
      severity: 'error',
      from: { pathNot: `${extension}/strapi-server` },
      to: { path: `${feature}/index` },
    },
    {
      name: 'config-has-two-doors',
      comment: 'Configuration needs the variables and the list of middlewares, and nothing else.',
      severity: 'error',
      from: { path: '^config' },
      to: { path: `${extension}/(?!refresh-tokens/(settings/|http/global-middlewares))` },
    },
    {
      name: 'app-has-one-door',
      comment:
        "A project's own code uses services through Strapi; at boot it may grant permissions.",
      severity: 'error',
      from: { path: '^src/(index|api)' },
      to: { path: `${extension}/(?!refresh-tokens/strapi/grant-once)` },
    },
    {
      name: 'admin-panel-stands-alone',
      comment: 'The admin panel runs in a browser, and the server has to work without it.',
      severity: 'error',
      from: { path: '^(config|src/(?!admin))' },
      to: { path: '^src/admin' },
    },
    {
      name: 'admin-panel-imports-no-server',
      comment: 'What it needs of the server comes over HTTP.',
      severity: 'error',
      from: { path: '^src/admin' },
      to: { path: ['^config', '^src/(?!admin)'] },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is dead, unless Strapi loads it by its place.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['^config/', '^src/(index|admin|api)', 'strapi-server', '\\.d\\.ts$', '\\.json$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
};
