import { describe, expect, it } from 'vitest';
import {
  readSettings,
  variableNames,
  type Environment,
  type Settings,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { requiredVariables, settingsRefusalOf } from '../helpers/settings';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

const read = (changes: Environment = {}, production = false): Settings =>
  readSettings({ ...requiredVariables, ...changes }, production);

describe('the defaults of the settings', () => {
  it('are those of design section 7', () => {
    expect(read()).toEqual({
      accessSecrets: [requiredVariables.JWT_SECRET],
      refreshSecrets: [requiredVariables.REFRESH_SECRET],
      accessTokens: { publicKeys: [] },
      accessTtl: 360 * SECOND,
      refreshTtl: 2 * DAY,
      sessionTtl: 30 * DAY,
      browserSessionTtl: DAY,
      leeway: 10 * SECOND,
      sessionLimit: 20,
      adoptSessions: {},
      transport: 'cookie',
      cookie: {
        name: 'refreshToken',
        secure: false,
        sameSite: 'lax',
        path: '/api',
        partitioned: false,
      },
      apiPrefix: '/api',
      clientOrigins: ['http://localhost:3000', 'http://localhost:5173'],
      refreshRateLimit: 20,
      authRateLimit: 10,
      host: '0.0.0.0',
      shutdownTimeout: 5 * SECOND,
    });
  });

  it('differ in production: the cookie is secure, and no client origin is trusted', () => {
    const { cookie, clientOrigins, ...others } = read({}, true);

    expect(cookie.secure).toBe(true);
    expect(clientOrigins).toEqual([]);
    expect(read()).toMatchObject(others);
  });

  it.each(variableNames.filter((name) => !(name in requiredVariables)))(
    'apply when %s is empty',
    (name) => {
      for (const production of [true, false]) {
        for (const empty of ['', '   ', undefined]) {
          expect(read({ [name]: empty }, production)).toEqual(read({}, production));
        }
      }
    },
  );

  it('exist for all variables but the secrets', () => {
    expect(settingsRefusalOf({}).problems).toEqual(
      expect.arrayContaining(
        Object.keys(requiredVariables).map((variable) => ({ variable, message: 'is missing' })),
      ),
    );
    expect(settingsRefusalOf({}).problems).toHaveLength(Object.keys(requiredVariables).length);
  });
});

describe('readSettings accepts', () => {
  it.each<[string, Environment, Partial<Settings>]>([
    ['seconds', { JWT_SECRET_EXPIRES: '90s' }, { accessTtl: 90 * SECOND }],
    ['minutes', { JWT_SECRET_EXPIRES: '5m' }, { accessTtl: 300 * SECOND }],
    ['hours', { JWT_SECRET_EXPIRES: '1.5h' }, { accessTtl: 5400 * SECOND }],
    ['milliseconds', { REFRESH_TOKEN_LEEWAY: '1500ms' }, { leeway: 1500 }],
    ['a unit after a space', { SESSION_EXPIRES: '60 days' }, { sessionTtl: 60 * DAY }],
    ['space around a value', { SESSION_LIMIT: ' 5 ' }, { sessionLimit: 5 }],
    ['a strict leeway', { REFRESH_TOKEN_LEEWAY: '0s' }, { leeway: 0 }],
    [
      'three equal lifetimes',
      { JWT_SECRET_EXPIRES: '1d', REFRESH_TOKEN_EXPIRES: '1d', SESSION_EXPIRES: '24h' },
      { accessTtl: DAY, refreshTtl: DAY, sessionTtl: DAY },
    ],
    [
      'a date until which earlier sessions are adopted',
      { ADOPT_SESSIONS_UNTIL: '2028-02-29', ADOPT_JWT_SECRET: 'iX3v+1bZq0m5n2Jt4Yw6Pg==' },
      {
        adoptSessions: { until: Date.UTC(2028, 1, 29), jwtSecret: 'iX3v+1bZq0m5n2Jt4Yw6Pg==' },
      },
    ],
    ['no session limit', { SESSION_LIMIT: '0' }, { sessionLimit: 0 }],
    ['no rate limit', { REFRESH_RATE_LIMIT_MAX: '0' }, { refreshRateLimit: 0 }],
    [
      'Redis',
      { REDIS_URL: 'rediss://:pass@cache:6380/1' },
      { redisUrl: 'rediss://:pass@cache:6380/1' },
    ],
    ['body transport', { REFRESH_TOKEN_TRANSPORT: 'body' }, { transport: 'body' }],
    [
      'several origins',
      { CLIENT_ORIGINS: 'https://a.example.com, http://localhost:8080' },
      { clientOrigins: ['https://a.example.com', 'http://localhost:8080'] },
    ],
    [
      'other cookie attributes',
      {
        REFRESH_COOKIE_NAME: '__Secure-token',
        REFRESH_COOKIE_SECURE: 'true',
        REFRESH_COOKIE_SAMESITE: 'None',
        REFRESH_COOKIE_DOMAIN: '.example.com',
        REFRESH_COOKIE_PATH: '/',
      },
      {
        cookie: {
          name: '__Secure-token',
          secure: true,
          sameSite: 'none',
          domain: '.example.com',
          path: '/',
          partitioned: false,
        },
      },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(read(changes)).toMatchObject(expected);
  });

  it('several secrets, in their order', () => {
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];

    expect(read({ JWT_SECRET: `${first} , ${second}` }).accessSecrets).toEqual([first, second]);
  });

  it('SameSite=None in production, where the cookie is secure by default', () => {
    expect(read({ REFRESH_COOKIE_SAMESITE: 'none' }, true).cookie.secure).toBe(true);
  });

  it('an environment with other variables, which it ignores', () => {
    expect(read({ HOME: '/', PATH: '', npm_config_loglevel: 'silent' })).toEqual(read());
  });
});
