const HTTP = 'src/extensions/users-permissions/refresh-tokens/http';
const LIMITS = `${HTTP}/rate-limits.ts`;
const GRAPHQL = `${HTTP}/graphql.ts`;

const READS = 'A foreign page reads answers';
const BRUTE_FORCE = 'Brute force of passwords and codes';
const BROKEN = 'Denial by big or broken requests';
const TEXT = 'Denial by text that a library cannot bear';

export default [
  {
    title: 'GraphQL has nothing of the session types',
    rows: ['GraphQL'],
    file: GRAPHQL,
    before: 'for (const uid of uids) extension.shadowCRUD(uid).disable();',
    after: '',
    test: 'maintainers/graphql/schema.test.ts › lets an API token read and change users, but no sessions',
  },
  {
    title: 'GraphQL gives no token for the confirmation of an e-mail address',
    rows: ['7.6.2'],
    file: GRAPHQL,
    before: '{ middlewares: [withoutToken] }',
    after: '{}',
    test: 'maintainers/graphql/login.test.ts › gives no token for the confirmation of an e-mail address',
  },
  {
    title: 'CORS of GraphQL allows credentials for client origins only',
    rows: [READS],
    file: GRAPHQL,
    before: '    cors: false,\n',
    after: '',
    test: 'maintainers/graphql/login.test.ts › has the CORS of the API: a client origin may send credentials, another one nothing',
  },
  {
    title: 'The variables of a GraphQL operation are searched',
    rows: [TEXT],
    file: GRAPHQL,
    before: 'checkPlainText([query, variables, withoutPlaces(document)]);',
    after: 'checkPlainText([query, variables && withoutPlaces(document)]);',
    test: 'maintainers/graphql/login.test.ts › refuses half a surrogate pair in the variables',
  },
  {
    title: 'The strings that escapes of a GraphQL operation stand for are searched',
    rows: [TEXT],
    file: GRAPHQL,
    before: 'checkPlainText([query, variables, withoutPlaces(document)]);',
    after: 'checkPlainText([query, variables, document && withoutPlaces({})]);',
    test: 'maintainers/graphql/login.test.ts › refuses a NUL in %s',
  },
  {
    title: 'A GraphQL login that would set the cookie is refused from a foreign page',
    rows: ['Login CSRF'],
    file: `${HTTP}/require-trusted-origin.ts`,
    before: '!transport.isFromTrustedOrigin(ctx)',
    after: "ctx.get('origin') === 'null'",
    test: 'maintainers/graphql/login.test.ts › is refused from another site before the password is checked',
  },
  {
    title: 'An e-mail address in a GraphQL operation fits its column',
    rows: [BROKEN],
    file: LIMITS,
    before: 'await (isRest ? next() : requirePlainBody(ctx, next));',
    after: 'await (isRest ? next() : next());',
    test: 'maintainers/graphql/login.test.ts › refuses an e-mail address that does not fit its column',
  },
  {
    title: 'Logins by GraphQL are counted with those of REST',
    rows: [BRUTE_FORCE],
    file: LIMITS,
    before: '`POST ${restPathOf(ctx)}`',
    after: '`GraphQL ${restPathOf(ctx)}`',
    test: 'maintainers/graphql/login.test.ts › count logins together with those of REST',
  },
  {
    title: 'Each mutation of one GraphQL request is counted',
    rows: [BRUTE_FORCE],
    file: LIMITS,
    before: 'await count(ctx, `auth|${route}|${addressOf(ctx)}`, authRateLimit);',
    after: 'if (isRest) await count(ctx, `auth|${route}|${addressOf(ctx)}`, authRateLimit);',
    test: 'maintainers/graphql/login.test.ts › count each mutation of one request',
  },
];
