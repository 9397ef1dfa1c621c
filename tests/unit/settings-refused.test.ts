import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InvalidSettings,
  readSettings,
  variableNames,
  type Environment,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { requiredVariables, settingsRefusalOf } from '../helpers/settings';

const refusedVariables = (changes: Environment, production = false): string[] =>
  settingsRefusalOf({ ...requiredVariables, ...changes }, production).problems.map(
    ({ variable }) => variable,
  );

describe('readSettings refuses', () => {
  const durations = [
    'JWT_SECRET_EXPIRES',
    'REFRESH_TOKEN_EXPIRES',
    'SESSION_EXPIRES',
    'REFRESH_TOKEN_LEEWAY',
  ];
  const badDurations = [
    '360',
    '1.5',
    '-5m',
    '5 parsecs',
    'soon',
    '5m 3s',
    '1e3s',
    'Infinity',
    '101y',
    's',
    '1M',
  ];
  const lists = ['JWT_SECRET', 'REFRESH_SECRET'];
  const badSecrets = [
    'tobemodified'.repeat(3),
    'x'.repeat(31),
    `${'x'.repeat(32)},`,
    `${'x'.repeat(32)},short`,
  ];
  const booleans = [
    'REFRESH_COOKIE_SECURE',
    'REFRESH_COOKIE_PARTITIONED',
    'IS_PROXIED',
    'DATABASE_SSL',
    'DATABASE_SSL_REJECT_UNAUTHORIZED',
  ];
  const badBooleans = ['yes', '1', 'TRUE', 'false,'];
  const numbers = [
    'SESSION_LIMIT',
    'AUTH_RATE_LIMIT_MAX',
    'REFRESH_RATE_LIMIT_MAX',
    'PORT',
    'TRUSTED_PROXIES',
    'DATABASE_PORT',
    'DATABASE_POOL_MIN',
    'DATABASE_POOL_MAX',
    'DATABASE_CONNECTION_TIMEOUT',
  ];
  const badNumbers = ['-1', '1.5', 'ten', '0x10', '1e3', '9'.repeat(20)];
  const urls = ['PUBLIC_URL', 'DATABASE_URL', 'REDIS_URL'];
  const badUrls = ['localhost', '//example.com', 'ftp://example.com', 'http//example.com'];
  const badOrigins = [
    '*',
    'https://app.example.com/',
    'https://app.example.com/app',
    'app.example.com',
    'https://*.example.com/',
    'https://*.vercel.app',
    'https://app-*.vercel.app',
    'null',
    'capacitor://localhost/',
    'capacitor://*',
    'capacitor://',
    'chrome-extension://*',
    'Tauri://localhost',
    'ftp://example.com',
    'htps://example.com',
    'ws://example.com',
    'javascript://example.com',
    'file:///tmp',
    'https://a.example.com,',
    'https://APP.example.com',
    'https://a.example.com:443',
  ];

  const each = (names: string[], values: string[]): [string, string][] =>
    names.flatMap((name) => values.map((value): [string, string] => [name, value]));

  it.each<[string, string]>([
    ...each(durations, badDurations),
    ...each(durations.slice(0, 3), ['0s', '999ms']),
    ...each(lists, badSecrets),
    ...each(
      ['ADMIN_JWT_SECRET', 'API_TOKEN_SALT', 'TRANSFER_TOKEN_SALT', 'ENCRYPTION_KEY'],
      ['tobemodified', 'ToBeModified2'],
    ),
    ...each(
      ['APP_KEYS'],
      ['tobemodified'.repeat(3), 'a-key,', 'a-key,changeme', 'a', `${'k'.repeat(32)},x`],
    ),
    ...each(['ADMIN_JWT_SECRET', 'ADOPT_JWT_SECRET'], ['hunter2', 'ab'.repeat(16)]),
    ...each(booleans, badBooleans),
    ...each(numbers, badNumbers),
    ...each(['PORT', 'DATABASE_PORT'], ['65536']),
    ...each(['TRUSTED_PROXIES'], ['0', '11']),
    ...each(['SHUTDOWN_TIMEOUT'], ['5', '11m']),
    ...each(['ADOPT_SESSIONS_UNTIL'], ['30d', '31.01.2027', '2027-02-29', '2027-01-31T10:00']),
    ...each(
      ['CLIENT_ADDRESS_HEADER'],
      ['CF Connecting IP', 'X-Real-IP,X-Client', 'X-Real-IP:', '*', 'Forwarded'],
    ),
    ...each(['DATABASE_PORT'], ['0']),
    ...each(['DATABASE_CONNECTION_TIMEOUT'], [String(2 ** 31)]),
    ...each(urls, badUrls),
    ...each(['CLIENT_ORIGINS'], badOrigins),
    ...each(['CLIENT_HEADERS'], ['*', 'X-Trace Id', 'traceparent,', 'traceparent;baggage']),
    ...each(['REFRESH_TOKEN_TRANSPORT'], ['header', 'Cookie', 'cookie,body']),
    ...each(['REFRESH_COOKIE_SAMESITE'], ['relaxed', 'true']),
    ...each(['REFRESH_COOKIE_NAME'], ['a b', 'a;b', 'a=b', 'tökén']),
    // No value that the `cookie` package would refuse at the first login.
    ...each(
      ['REFRESH_COOKIE_DOMAIN'],
      [
        'https://example.com',
        'example.com; Secure',
        'a..b',
        'a b',
        '-a.example.com',
        '10.0.0.1',
        '.com',
        'co.uk',
        'GitHub.io',
        'vercel.app',
      ],
    ),
    ...each(['REFRESH_COOKIE_PATH'], ['api', '/api; Secure', '/a b', '/a<b']),
    ...each(['DATABASE_CLIENT'], ['mongo', 'SQLite']),
  ])('%s=%s', (name, value) => {
    const { problems, message } = settingsRefusalOf({ ...requiredVariables, [name]: value });

    expect(new Set(problems.map(({ variable }) => variable))).toEqual(new Set([name]));
    expect(message).toContain(`\n  ${name}: `);
  });

  it.each<[string, Environment, string]>([
    ...['postgres://localhost/strapi', 'mysql://localhost/strapi'].map(
      (url): [string, Environment, string] => [
        `${url} without a client`,
        { DATABASE_URL: url },
        'DATABASE_CLIENT',
      ],
    ),
    [
      'the URL of another kind of database server',
      { DATABASE_CLIENT: 'mysql', DATABASE_URL: 'postgres://localhost/strapi' },
      'DATABASE_URL',
    ],
    [
      'the URL of MySQL for Postgres',
      { DATABASE_CLIENT: 'postgres', DATABASE_URL: 'mysql://localhost/strapi' },
      'DATABASE_URL',
    ],
    [
      'a pool whose maximum is below its minimum',
      { DATABASE_POOL_MIN: '3', DATABASE_POOL_MAX: '2' },
      'DATABASE_POOL_MAX',
    ],
    [
      'a secret of the admin panel that also signs access tokens',
      { ADMIN_JWT_SECRET: requiredVariables.JWT_SECRET },
      'ADMIN_JWT_SECRET',
    ],
    [
      'secrets that share a value',
      { REFRESH_SECRET: requiredVariables.JWT_SECRET },
      'REFRESH_SECRET',
    ],
    [
      'secrets that share a value in their lists',
      {
        JWT_SECRET: `${'a'.repeat(32)},${'b'.repeat(32)}`,
        REFRESH_SECRET: `${'c'.repeat(32)},${'b'.repeat(32)}`,
      },
      'REFRESH_SECRET',
    ],
    [
      'an access token that lives longer than a refresh token',
      { JWT_SECRET_EXPIRES: '3d' },
      'JWT_SECRET_EXPIRES',
    ],
    [
      'a refresh token that lives longer than a session',
      { REFRESH_TOKEN_EXPIRES: '31d' },
      'REFRESH_TOKEN_EXPIRES',
    ],
    [
      'SameSite=None without Secure',
      { REFRESH_COOKIE_SAMESITE: 'none' },
      'REFRESH_COOKIE_SAMESITE',
    ],
    [
      'Partitioned without Secure',
      { REFRESH_COOKIE_PARTITIONED: 'true' },
      'REFRESH_COOKIE_PARTITIONED',
    ],
    ['__Secure- without Secure', { REFRESH_COOKIE_NAME: '__Secure-x' }, 'REFRESH_COOKIE_NAME'],
    [
      '__Host- without Secure',
      { REFRESH_COOKIE_NAME: '__Host-x', REFRESH_COOKIE_PATH: '/' },
      'REFRESH_COOKIE_NAME',
    ],
    [
      '__Host- with the default path',
      { REFRESH_COOKIE_NAME: '__Host-x', REFRESH_COOKIE_SECURE: 'true' },
      'REFRESH_COOKIE_NAME',
    ],
    [
      '__Host- with a domain',
      {
        REFRESH_COOKIE_NAME: '__Host-x',
        REFRESH_COOKIE_SECURE: 'true',
        REFRESH_COOKIE_PATH: '/',
        REFRESH_COOKIE_DOMAIN: 'example.com',
      },
      'REFRESH_COOKIE_NAME',
    ],
    ['proxies without IS_PROXIED', { TRUSTED_PROXIES: '2' }, 'TRUSTED_PROXIES'],
    [
      'a header of proxies without IS_PROXIED',
      { CLIENT_ADDRESS_HEADER: 'CF-Connecting-IP' },
      'CLIENT_ADDRESS_HEADER',
    ],
    ...['/elsewhere', '/api/token', '/ap', '/api/token/refresh', '/api/v2'].map(
      (path): [string, Environment, string] => [
        `the cookie path ${path}`,
        { REFRESH_COOKIE_PATH: path },
        'REFRESH_COOKIE_PATH',
      ],
    ),
  ])('%s', (_name, changes, variable) => {
    expect(refusedVariables(changes)).toEqual([variable]);
  });

  it.each([
    [{ REFRESH_TOKEN_EXPIRES: '400s', REFRESH_TOKEN_LEEWAY: '101s' }, 'a quarter'],
    [{ REFRESH_TOKEN_LEEWAY: '301s' }, '5m'],
  ])('%o: the leeway is longer than %s', (changes, limit) => {
    const { problems } = settingsRefusalOf({
      ...requiredVariables,
      JWT_SECRET_EXPIRES: '60s',
      ...changes,
    });

    expect(problems).toEqual([
      { variable: 'REFRESH_TOKEN_LEEWAY', message: expect.stringContaining(limit) as string },
    ]);
  });

  it('SameSite=None in production with Secure switched off', () => {
    const changes = { REFRESH_COOKIE_SAMESITE: 'none', REFRESH_COOKIE_SECURE: 'false' };

    expect(refusedVariables(changes, true)).toEqual(['REFRESH_COOKIE_SAMESITE']);
  });
});

describe('REFRESH_COOKIE_PATH', () => {
  const pathOf = (prefix: string, path?: string): string =>
    readSettings(
      { ...requiredVariables, ...(path === undefined ? {} : { REFRESH_COOKIE_PATH: path }) },
      false,
      prefix,
    ).cookie.path;

  it.each([
    ['/api', '/api'],
    ['/v1', '/v1'],
    ['v1', '/v1'],
    ['/v1/', '/v1'],
    ['/', '/'],
    ['', '/'],
  ])('defaults to the prefix of the API: %j yields %s', (prefix, path) => {
    expect(pathOf(prefix)).toBe(path);
  });

  it.each(['/', '/api', '/api/', '/backend/api'])(
    'may be a parent of the routes, or end with the prefix behind a proxy: %s',
    (path) => {
      expect(pathOf('/api', path)).toBe(path);
    },
  );

  it('is refused when it does not cover the routes below the prefix', () => {
    expect(() => pathOf('/v1', '/api')).toThrow(InvalidSettings);
  });
});

describe('InvalidSettings', () => {
  const broken = {
    REFRESH_SECRET: undefined,
    JWT_SECRET_EXPIRES: '360',
    REFRESH_TOKEN_TRANSPORT: 'pigeon',
    CLIENT_ORIGINS: '*',
    REFRESH_COOKIE_SAMESITE: 'none',
  };

  it('names every invalid variable', () => {
    expect(refusedVariables(broken).sort()).toEqual(Object.keys(broken).sort());
  });

  it('says what to do about each variable, in one message', () => {
    const { message } = settingsRefusalOf({ ...requiredVariables, ...broken });

    expect(message.split('\n')).toEqual([
      'Invalid settings. Fix these environment variables (see docs/configuration.md):',
      '  REFRESH_SECRET: is missing',
      '  JWT_SECRET_EXPIRES: "360" has no unit; write "360s" for seconds',
      '  REFRESH_TOKEN_TRANSPORT: must be "cookie" or "body"',
      '  CLIENT_ORIGINS: "*" has a wildcard; write each origin by itself (docs/deploying.md, "Preview deployments")',
      expect.stringMatching(/^ {2}REFRESH_COOKIE_SAMESITE: is "none", /) as string,
    ]);
  });

  it('has no stack', () => {
    expect(settingsRefusalOf({}).stack).toBe('');
  });

  it('never contains a value that may be a secret', () => {
    const secretVariables = [
      ...['JWT_SECRET', 'REFRESH_SECRET', 'APP_KEYS', 'ADMIN_JWT_SECRET', 'API_TOKEN_SALT'],
      ...['TRANSFER_TOKEN_SALT', 'ENCRYPTION_KEY', 'DATABASE_PASSWORD', 'ADOPT_JWT_SECRET'],
      ...['ACCESS_TOKEN_PRIVATE_KEY', 'ACCESS_TOKEN_PUBLIC_KEYS'],
      ...['DATABASE_URL', 'REDIS_URL', 'PUBLIC_URL', 'WEBHOOK_SECRET'],
    ];
    const anySecret = fc.stringMatching(/^[A-Za-z\d]{12,40}$/);
    const decorated = fc.constantFrom(
      (secret: string) => secret,
      (secret: string) => `${secret},${secret}`,
      (secret: string) => `${secret},`,
      (secret: string) => `tobemodified${secret}`,
      (secret: string) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
      (secret: string) => `ftp://user:${secret}@host`,
    );
    fc.assert(
      fc.property(anySecret, decorated, (secret, decorate) => {
        const environment = Object.fromEntries(
          secretVariables.map((name) => [name, decorate(secret)]),
        );
        expect(settingsRefusalOf(environment).message).not.toContain(secret);
      }),
    );
  });

  it('is the only error, for any environment', () => {
    const anyEnvironment = fc.dictionary(
      fc.constantFrom(...variableNames),
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('0', 'a,b', '1'.repeat(500)),
      ),
    );
    fc.assert(
      fc.property(anyEnvironment, fc.boolean(), (environment, production) => {
        // A secret that is too short, so that every environment is refused.
        const refusal = settingsRefusalOf({ ...environment, JWT_SECRET: 'x' }, production);
        for (const { variable } of refusal.problems) expect(variableNames).toContain(variable);
      }),
    );
  });
});
