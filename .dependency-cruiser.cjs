/**
 * The rules of imports (`npm run floors`). The extension has floors; imports go down only.
 *
 *   6  index, compose, content-types  the list of all that is added; creates every object
 *   5  controllers, routes            read the input, call a service, send the response
 *   5  adopt-sessions                 exchanges earlier refresh tokens, for a time
 *   4  http, admin                    requests and responses; the Sessions feature of the admin panel
 *   3  services                       start, rotate, revoke, list and purge sessions
 *   2  store, strapi                  the tables and counters; Strapi's own parts
 *   1  settings, core                 the environment variables; pure rules and tokens
 *
 * `shapes.ts` has the types of Strapi's objects, `strapi-errors.ts` its error classes. Floors 2 to 6 may import them, but
 * for `store` and `services`.
 */
const extension = '^src/extensions/users-permissions';
const feature = `${extension}/refresh-tokens`;

/** Matches everything in the extension but these rooms. */
const allBut = (...rooms) => `${feature}/(?!(${rooms.join('|')})(/|\\.|$))`;
const STRAPI = 'node_modules/(@strapi|koa|knex)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other can only be read and tested together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-pure',
      comment: 'Tests of rules and tokens need nothing but arguments.',
      severity: 'error',
      from: { path: `${feature}/core/` },
      to: { path: [allBut('core'), '^config', '^src/(?!extensions)', STRAPI] },
    },
    {
      name: 'settings-know-core-only',
      comment: 'The files in config/ load this room before Strapi starts.',
      severity: 'error',
      from: { path: `${feature}/settings/` },
      to: { path: allBut('core', 'settings') },
    },
    {
      name: 'store-knows-core-only',
      comment: 'SQL must not depend on the code that calls it.',
      severity: 'error',
      from: { path: `${feature}/store/` },
      to: { path: allBut('core', 'store') },
    },
    {
      name: 'strapi-knows-no-services',
      comment: "Code for Strapi's own parts gets the functions that it calls as arguments.",
      severity: 'error',
      from: { path: `${feature}/strapi/` },
      to: { path: allBut('core', 'settings', 'store', 'strapi', 'shapes', 'strapi-errors') },
    },
    {
      name: 'services-know-no-strapi',
      comment:
        'Services do not depend on Strapi, HTTP or a database: they get all that as arguments.',
      severity: 'error',
      from: { path: `${feature}/services/` },
      to: { path: [allBut('core', 'settings', 'services'), STRAPI] },
    },
    {
      name: 'http-knows-no-store',
      comment: 'HTTP code reads and writes sessions through a service only.',
      severity: 'error',
      from: { path: `${feature}/http/` },
      to: { path: allBut('core', 'settings', 'services', 'http', 'shapes', 'strapi-errors') },
    },
    {
      name: 'nothing-needs-admin',
      comment: 'The Sessions feature can be removed without a change of the other rooms.',
      severity: 'error',
      from: { path: `${feature}/(?!(admin/|index|compose|content-types))` },
      to: { path: `${feature}/admin/` },
    },
    {
      name: 'admin-knows-no-controllers',
      comment: 'The Sessions feature has its own controller and routes.',
      severity: 'error',
      from: { path: `${feature}/admin/` },
      to: { path: `${feature}/(controllers|routes|index|compose|content-types|strapi/)` },
    },
    {
      name: 'controllers-know-no-store',
      comment: 'An action reads its input, calls a service and sends the response.',
      severity: 'error',
      from: { path: `${feature}/(controllers/|routes)` },
      to: { path: `${feature}/(store|strapi|admin|index|compose|content-types)` },
    },
    {
      name: 'only-index-composes',
      comment: 'Every other file gets the objects that it needs as arguments.',
      severity: 'error',
      from: { pathNot: `${feature}/index` },
      to: { path: `${feature}/(compose|content-types)` },
    },
    {
      name: 'nothing-needs-adopt-sessions',
      comment: 'It is deleted when the time of earlier refresh tokens is over (docs/moving.md).',
      severity: 'error',
      from: { pathNot: `${feature}/compose` },
      to: { path: `${feature}/adopt-sessions` },
    },
    {
      name: 'only-strapi-server-extends',
      comment: 'The extension is added by one call, in the file that belongs to the project.',
      severity: 'error',
      from: { pathNot: `${extension}/strapi-server` },
      to: { path: `${feature}/index` },
    },
    {
      name: 'config-imports-settings-and-middlewares-only',
      comment:
        'The files in config/ need the settings and the list of middlewares, and nothing else.',
      severity: 'error',
      from: { path: '^config' },
      to: { path: `${extension}/(?!refresh-tokens/(settings/|http/global-middlewares))` },
    },
    {
      name: 'app-imports-grant-once-only',
      comment:
        "A project's own code uses services through Strapi. At boot it may grant permissions.",
      severity: 'error',
      from: { path: '^src/(index|api)' },
      to: { path: `${extension}/(?!refresh-tokens/strapi/grant-once)` },
    },
    {
      name: 'server-imports-no-admin-panel',
      comment: 'The admin panel runs in a browser, and the server works without it.',
      severity: 'error',
      from: { path: '^(config|src/(?!admin))' },
      to: { path: '^src/admin' },
    },
    {
      name: 'admin-panel-imports-no-server',
      comment: 'The admin panel uses the server through HTTP only.',
      severity: 'error',
      from: { path: '^src/admin' },
      to: { path: ['^config', '^src/(?!admin)'] },
    },
    {
      name: 'imports-are-declared',
      comment:
        'A package that package.json does not name may be missing, or be another copy with other classes.',
      severity: 'error',
      from: {},
      // What recipes import: the package in client/, the modules of a phone, and the packages that only tests of examples install.
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        pathNot: '^(strapi-refresh-token-client|expo-|react-native$|@react-native-|vue$|h3$)',
      },
    },
    {
      name: 'no-orphans',
      comment: 'A file that no file imports is unused, unless Strapi loads it by its path.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(config|src)/',
        pathNot: ['^config/', '^src/(index|admin|api)', 'strapi-server', '\\.d\\.ts$', '\\.json$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A package in a subfolder may use what the project declares.
    combinedDependencies: true,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
};
