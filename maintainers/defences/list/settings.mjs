const SETTINGS = 'src/extensions/users-permissions/refresh-tokens/settings';
const CHECKS = `${SETTINGS}/cross-checks.ts`;
const VARIABLES = `${SETTINGS}/variables.ts`;

const SECRET = 'A secret leaks';
const READS = 'A foreign page reads answers';
const ADDRESSES = 'Forged addresses';
const STORAGE = 'Theft of the refresh token from storage';
const SUBDOMAIN = 'A cookie that a sibling sub-domain has set';
const REFUSED = 'tests/unit/settings-refused.test.ts';

const KEYS = `${SETTINGS}/keys.ts`;
const ACCESS_KEYS = 'src/extensions/users-permissions/refresh-tokens/core/access-keys.ts';
const REFUSED_KEYS = 'tests/unit/keys.test.ts';

export default [
  {
    title: 'A short RSA key stops the boot',
    rows: [SECRET],
    file: ACCESS_KEYS,
    before: 'modulusLength >= MINIMUM_RSA_BITS',
    after: 'modulusLength >= 1024',
    test: `${REFUSED_KEYS} › must not be %s`,
  },
  {
    title: 'A private key among those to publish stops the boot',
    rows: [SECRET],
    file: KEYS,
    before: "if (label.endsWith('PRIVATE KEY')) {",
    after: "if (label.startsWith('ENCRYPTED')) {",
    test: `${REFUSED_KEYS} › must not have %s`,
  },
  {
    title: 'A message never quotes a key that was taken for a path',
    rows: ['The log leaks'],
    file: KEYS,
    before: 'a file that can be read (${code})`',
    after: 'a file that can be read (${code}): ${path}`',
    test: `${REFUSED_KEYS} › must not be %s`,
  },
  {
    title: 'Both kinds of token have different secrets',
    rows: [SECRET, 'Token confusion', '9.2.2'],
    file: CHECKS,
    before: 'intersection(access, refresh).length > 0,',
    after: 'intersection(access, refresh).length < 0,',
    test: `${REFUSED} › secrets that share a value in their lists`,
  },
  {
    title: 'A short secret stops the boot',
    rows: [SECRET],
    file: VARIABLES,
    before: 'value.length < MINIMUM_SECRET_LENGTH)) {',
    after: 'value.length < 1)) {',
    test: `${REFUSED} › %s=%s`,
  },
  {
    title: 'A placeholder as a secret stops the boot',
    rows: [SECRET],
    file: VARIABLES,
    before: '} else if (secrets.some((value) => PLACEHOLDER.test(value))) {',
    after: "} else if (secrets.some((value) => value === 'x')) {",
    test: `${REFUSED} › %s=%s`,
  },
  {
    title: 'A placeholder in APP_KEYS stops the boot',
    rows: [SECRET],
    file: VARIABLES,
    before: "key === '' || PLACEHOLDER.test(key)",
    after: "key === ''",
    test: `${REFUSED} › %s=%s`,
  },
  {
    title: 'A message never contains a secret',
    rows: ['The log leaks'],
    file: VARIABLES,
    before: 'addProblem(`is too short; use ${MINIMUM_SECRET_LENGTH} characters or more`);',
    after: 'addProblem(`"${secrets.join()}" is too short; use ${MINIMUM_SECRET_LENGTH} or more`);',
    test: `${REFUSED} › never contains a value that may be a secret`,
  },
  {
    title: 'A wildcard in CLIENT_ORIGINS stops the boot',
    rows: [READS],
    file: VARIABLES,
    before: "if (value.includes('*')) {",
    after: "if (value === '') {",
    test: `${REFUSED} › says what to do about each variable, in one message`,
  },
  {
    title: '`null` in CLIENT_ORIGINS stops the boot',
    rows: [READS],
    file: VARIABLES,
    before: 'return isOrigin(value)\n',
    after: "return isOrigin(value) || value === 'null'\n",
    test: `${REFUSED} › %s=%s`,
  },
  {
    title: 'In production no client origin is trusted by default',
    rows: [READS],
    file: `${SETTINGS}/settings.ts`,
    before: "(production ? [] : ['http://localhost:3000', 'http://localhost:5173'])",
    after: "['http://localhost:3000', 'http://localhost:5173']",
    test: 'tests/unit/settings.test.ts › differ in production: the cookie is secure, and no client origin is trusted',
  },
  {
    title: 'In production the cookie is secure by default',
    rows: [STORAGE],
    file: `${SETTINGS}/settings.ts`,
    before: 'REFRESH_COOKIE_SECURE: secure = production,',
    after: 'REFRESH_COOKIE_SECURE: secure = false,',
    test: 'tests/unit/settings.test.ts › differ in production: the cookie is secure, and no client origin is trusted',
  },
  {
    title: 'The leeway has a limit',
    rows: [
      'Replay of a used refresh token',
      'The previous token is invalidated, the relation kept',
    ],
    file: CHECKS,
    before: 'leeway > LONGEST_LEEWAY,',
    after: 'leeway > 1000 * LONGEST_LEEWAY,',
    test: `${REFUSED} › %o: the leeway is longer than %s`,
  },
  {
    title: 'A refresh token does not outlive its session',
    rows: ['7.1.1', '7.3.2'],
    file: CHECKS,
    before: 'isMore(values.REFRESH_TOKEN_EXPIRES, values.SESSION_EXPIRES),',
    after: 'isMore(values.SESSION_EXPIRES, values.SESSION_EXPIRES),',
    test: `${REFUSED} › a refresh token that lives longer than a session`,
  },
  {
    title: 'The default lifetimes are those of the documents',
    rows: ['7.1.1'],
    file: `${SETTINGS}/settings.ts`,
    before: "lifetime.prefault('30d'),",
    after: "lifetime.prefault('300d'),",
    test: 'tests/unit/settings.test.ts › are those of design section 7',
  },
  {
    title: 'The default limit of sessions is that of the documents',
    rows: ['7.1.2'],
    file: `${SETTINGS}/settings.ts`,
    before: "wholeNumber(0).prefault('20'),\n      'Live sessions",
    after: "wholeNumber(0).prefault('0'),\n      'Live sessions",
    test: 'tests/unit/settings.test.ts › are those of design section 7',
  },
  {
    title: 'A __Host- cookie has the attributes that browsers require',
    rows: [SUBDOMAIN],
    file: CHECKS,
    before: "/^__Host-/i.test(name) && (path !== '/' || domain !== undefined),",
    after: '/^__Host-/i.test(name) && path === domain,',
    test: `${REFUSED} › __Host- with a domain`,
  },
  {
    title: 'SameSite=None needs a secure cookie',
    rows: [STORAGE],
    file: CHECKS,
    before: "values.REFRESH_COOKIE_SAMESITE === 'none' && !secureCookie,",
    after: "values.REFRESH_COOKIE_SAMESITE === 'none' && secureCookie === undefined,",
    test: `${REFUSED} › SameSite=None without Secure`,
  },
  {
    title: 'Without IS_PROXIED no forwarded address counts',
    rows: [ADDRESSES],
    file: `${SETTINGS}/proxy.ts`,
    before: 'return { koa, maxIpsCount,',
    after: 'return { koa: koa || true, maxIpsCount,',
    test: 'tests/http/addresses.test.ts › the address of the connection without IS_PROXIED',
  },
  {
    title: 'A config that takes the first address is warned of',
    rows: [ADDRESSES],
    file: `${SETTINGS}/proxy.ts`,
    before: 'koa && maxIpsCount <= 0',
    after: 'koa && maxIpsCount < 0',
    test: 'tests/unit/proxy.test.ts › warns of a project whose Koa takes the first address of the header',
  },
  {
    title: 'Strapi’s own refresh mode beside this one stops the boot',
    rows: ['Token confusion'],
    file: `${SETTINGS}/plugin-config.ts`,
    before: "jwtManagement === 'legacy-support'",
    after: 'jwtManagement !== null',
    test: 'tests/unit/plugin-config.test.ts › are refused with another `jwtManagement`, in one message with the invalid variables',
  },

  {
    title: 'The last address of X-Forwarded-For counts',
    rows: [ADDRESSES],
    file: `${SETTINGS}/proxy.ts`,
    before: 'return { koa, maxIpsCount,',
    after: 'return { koa, maxIpsCount: 0 * maxIpsCount,',
    test: 'tests/http/addresses.test.ts › a session stores %s',
  },

  {
    title: 'The admin panel has a secret of its own',
    rows: [SECRET],
    file: CHECKS,
    before: '[JWT_SECRET, REFRESH_SECRET, APP_KEYS].some((list) => list?.includes(admin)),',
    after: '[JWT_SECRET, REFRESH_SECRET, APP_KEYS].every((list) => list?.includes(admin)),',
    test: `${REFUSED} › a secret of the admin panel that also signs access tokens`,
  },
  {
    title: 'A secret of Strapi that is easy to guess stops the boot',
    rows: [SECRET],
    file: VARIABLES,
    before: 'secret.refine((value) => !isGuessable(value), {',
    after: "secret.refine((value) => value !== '' || isGuessable(value), {",
    test: `${REFUSED} › %s=%s`,
  },
];
