/**
 * The floors of the feature: imports go down only. `npm run floors` checks.
 *
 *   4  strapi-server.ts           wiring
 *   3  controllers, http, routes  what a request meets
 *   2  services                   what happens to a session
 *   1  store                      the only one that knows the table
 *   0  core                       pure: no Strapi, no Koa, no environment, no clock
 */
const feature = '^src/extensions/users-permissions';

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
      from: { path: `${feature}/core` },
      to: {
        path: [
          `${feature}/(?!core)`,
          '^config',
          '^src/(?!extensions)',
          'node_modules/(@strapi|koa|knex)',
        ],
      },
    },
    {
      name: 'store-knows-core-only',
      comment: 'The table is a detail: nothing above may leak into it.',
      severity: 'error',
      from: { path: `${feature}/store` },
      to: { path: `${feature}/(?!core|store)` },
    },
    {
      name: 'services-know-no-http',
      comment: 'What happens to a session must not depend on how a request looks.',
      severity: 'error',
      from: { path: `${feature}/services` },
      to: { path: [`${feature}/(?!core|services|shapes)`, 'node_modules/koa'] },
    },
    {
      name: 'services-know-no-store',
      comment: 'A service takes a store, it does not choose one.',
      severity: 'error',
      from: { path: `${feature}/services` },
      to: { path: `${feature}/store` },
    },
    {
      name: 'http-knows-no-store',
      comment: 'A request reaches the table through a service only.',
      severity: 'error',
      from: { path: `${feature}/(controllers|http|routes)` },
      to: { path: [`${feature}/store`, `${feature}/strapi-server`] },
    },
    {
      name: 'nobody-imports-the-wiring',
      comment: 'It is the top.',
      severity: 'error',
      from: {},
      to: { path: `${feature}/strapi-server` },
    },
    {
      name: 'config-reads-settings-only',
      comment: 'Configuration may know the names of the variables and nothing else of the feature.',
      severity: 'error',
      from: { path: '^config' },
      to: { path: `${feature}/(?!core/settings)` },
    },
    {
      name: 'admin-stands-alone',
      comment: 'The admin panel runs in a browser, and the server has to work without it.',
      severity: 'error',
      from: { path: '^(config|src/(?!admin))' },
      to: { path: '^src/admin' },
    },
    {
      name: 'admin-imports-no-server',
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
