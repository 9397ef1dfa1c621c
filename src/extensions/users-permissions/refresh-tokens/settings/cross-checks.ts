import intersection from 'lodash/intersection';
import ms from 'ms';

/** An invalid setting and what is wrong with it. Never contains a secret. */
export interface SettingsProblem {
  readonly variable: string;
  readonly message: string;
}

/** What `DATABASE_URL` may start with, for each database server. */
const URL_PROTOCOLS = {
  postgres: ['postgres:', 'postgresql:'],
  mysql: ['mysql:'],
} as const;

/** The variables that the rules use; one that is invalid by itself is absent. Times in milliseconds. */
interface CheckedValues {
  readonly JWT_SECRET?: string[];
  readonly REFRESH_SECRET?: string[];
  readonly ADMIN_JWT_SECRET?: string;
  readonly APP_KEYS?: string[];
  readonly WEBHOOK_SECRET?: string[] | undefined;
  readonly JWT_SECRET_EXPIRES?: number;
  readonly REFRESH_TOKEN_EXPIRES?: number;
  readonly SESSION_EXPIRES?: number;
  readonly BROWSER_SESSION_EXPIRES?: number | undefined;
  readonly REFRESH_TOKEN_LEEWAY?: number;
  readonly REFRESH_COOKIE_NAME?: string;
  readonly REFRESH_COOKIE_SAMESITE?: 'strict' | 'lax' | 'none';
  readonly REFRESH_COOKIE_DOMAIN?: string | undefined;
  readonly REFRESH_COOKIE_PARTITIONED?: boolean;
  readonly IS_PROXIED?: boolean;
  readonly TRUSTED_PROXIES?: number;
  readonly CLIENT_ADDRESS_HEADER?: string | undefined;
  readonly PORT?: number;
  readonly METRICS_PORT?: number | undefined;
  readonly DATABASE_CLIENT?: 'sqlite' | keyof typeof URL_PROTOCOLS;
  readonly DATABASE_URL?: string | undefined;
  readonly DATABASE_POOL_MIN?: number;
  readonly DATABASE_POOL_MAX?: number;
}

/** A rule between several settings, and the problem to report when it is broken. */
interface CrossCheck extends SettingsProblem {
  readonly isBroken: (values: CheckedValues, effective: EffectiveSettings) => boolean;
}

/** Settings whose defaults depend on more than their variable. */
interface EffectiveSettings {
  /** Whether the refresh cookie is `Secure`. */
  readonly secureCookie: boolean;
  /** The path of the refresh cookie. */
  readonly cookiePath: string;
  /** `rest.prefix` of Strapi, without a slash at its end. */
  readonly apiPrefix: string;
}

const isMore = (one: number | undefined, other: number | undefined): boolean =>
  one !== undefined && other !== undefined && one > other;

const LONGEST_LEEWAY = ms('5m');

/** Whether a browser sends a cookie of `cookiePath` to `path` (RFC 6265, section 5.1.4). */
const isPathMatch = (cookiePath: string, path: string): boolean =>
  path === cookiePath || path.startsWith(cookiePath.replace(/\/?$/, '/'));

const crossChecks: readonly CrossCheck[] = [
  {
    variable: 'REFRESH_SECRET',
    message: 'shares a value with JWT_SECRET',
    isBroken: ({ JWT_SECRET: access, REFRESH_SECRET: refresh }) =>
      intersection(access, refresh).length > 0,
  },
  {
    variable: 'ADMIN_JWT_SECRET',
    message: 'is also a value of JWT_SECRET, REFRESH_SECRET or APP_KEYS; set another one',
    isBroken: ({ ADMIN_JWT_SECRET: admin, JWT_SECRET, REFRESH_SECRET, APP_KEYS }) =>
      admin !== undefined &&
      [JWT_SECRET, REFRESH_SECRET, APP_KEYS].some((list) => list?.includes(admin)),
  },
  // Receivers of webhooks have this secret, and shall not forge tokens with it.
  {
    variable: 'WEBHOOK_SECRET',
    message:
      'is also a value of JWT_SECRET, REFRESH_SECRET, ADMIN_JWT_SECRET or APP_KEYS; set another one',
    isBroken: ({ WEBHOOK_SECRET = [], JWT_SECRET, REFRESH_SECRET, ADMIN_JWT_SECRET, APP_KEYS }) =>
      [JWT_SECRET, REFRESH_SECRET, [ADMIN_JWT_SECRET], APP_KEYS].some((list) =>
        list?.some((secret) => WEBHOOK_SECRET.includes(secret?.replace(/^whsec_/, '') ?? '')),
      ),
  },
  {
    variable: 'JWT_SECRET_EXPIRES',
    message: 'is longer than REFRESH_TOKEN_EXPIRES',
    isBroken: (values) => isMore(values.JWT_SECRET_EXPIRES, values.REFRESH_TOKEN_EXPIRES),
  },
  {
    variable: 'REFRESH_TOKEN_EXPIRES',
    message: 'is longer than SESSION_EXPIRES',
    isBroken: (values) => isMore(values.REFRESH_TOKEN_EXPIRES, values.SESSION_EXPIRES),
  },
  {
    variable: 'BROWSER_SESSION_EXPIRES',
    message: 'is longer than SESSION_EXPIRES',
    isBroken: (values) => isMore(values.BROWSER_SESSION_EXPIRES, values.SESSION_EXPIRES),
  },
  {
    variable: 'REFRESH_COOKIE_SAMESITE',
    message: 'is "none", which browsers accept only with REFRESH_COOKIE_SECURE=true',
    isBroken: (values, { secureCookie }) =>
      values.REFRESH_COOKIE_SAMESITE === 'none' && !secureCookie,
  },
  {
    variable: 'REFRESH_TOKEN_LEEWAY',
    message: 'is longer than a quarter of REFRESH_TOKEN_EXPIRES: an active session could idle out',
    isBroken: ({ REFRESH_TOKEN_LEEWAY: leeway = 0, REFRESH_TOKEN_EXPIRES: life = Infinity }) =>
      leeway > life / 4,
  },
  {
    variable: 'REFRESH_TOKEN_LEEWAY',
    message: 'is longer than 5m: a thief could use a token for that long unnoticed',
    isBroken: ({ REFRESH_TOKEN_LEEWAY: leeway = 0 }) => leeway > LONGEST_LEEWAY,
  },
  // Browsers reject a cookie that breaks the rules of its prefix (RFC 6265bis, section 4.1.3).
  {
    variable: 'REFRESH_COOKIE_NAME',
    message: 'begins with "__Secure-" or "__Host-", which needs REFRESH_COOKIE_SECURE=true',
    isBroken: ({ REFRESH_COOKIE_NAME: name = '' }, { secureCookie }) =>
      /^__(Secure|Host)-/i.test(name) && !secureCookie,
  },
  {
    variable: 'REFRESH_COOKIE_NAME',
    message:
      'begins with "__Host-", which needs REFRESH_COOKIE_PATH=/ and no REFRESH_COOKIE_DOMAIN',
    isBroken: (
      { REFRESH_COOKIE_NAME: name = '', REFRESH_COOKIE_DOMAIN: domain },
      { cookiePath: path },
    ) => /^__Host-/i.test(name) && (path !== '/' || domain !== undefined),
  },
  {
    variable: 'REFRESH_COOKIE_PARTITIONED',
    message: 'is true, which browsers accept only with REFRESH_COOKIE_SECURE=true',
    isBroken: ({ REFRESH_COOKIE_PARTITIONED: partitioned }, { secureCookie }) =>
      partitioned === true && !secureCookie,
  },
  {
    variable: 'TRUSTED_PROXIES',
    message: 'is set, which has an effect only with IS_PROXIED=true',
    isBroken: ({ IS_PROXIED: proxied, TRUSTED_PROXIES: count = 1 }) =>
      proxied === false && count > 1,
  },
  {
    variable: 'CLIENT_ADDRESS_HEADER',
    message: 'is set, which has an effect only with IS_PROXIED=true',
    isBroken: ({ IS_PROXIED: proxied, CLIENT_ADDRESS_HEADER: header }) =>
      proxied === false && header !== undefined,
  },
  {
    variable: 'METRICS_PORT',
    message: 'is the same as PORT',
    isBroken: ({ PORT: port, METRICS_PORT: metricsPort }) =>
      metricsPort !== undefined && metricsPort === port,
  },
  {
    variable: 'DATABASE_CLIENT',
    message: 'is "sqlite", its default, but DATABASE_URL is set: write "postgres" or "mysql"',
    isBroken: ({ DATABASE_CLIENT: client, DATABASE_URL: url }) =>
      client === 'sqlite' && url !== undefined,
  },
  {
    variable: 'DATABASE_URL',
    message: 'names a database server of another kind than DATABASE_CLIENT',
    isBroken: ({ DATABASE_CLIENT: client, DATABASE_URL: url }) =>
      client !== undefined &&
      client !== 'sqlite' &&
      url !== undefined &&
      !URL_PROTOCOLS[client].some((protocol) => protocol === new URL(url).protocol),
  },
  {
    variable: 'DATABASE_POOL_MAX',
    message: 'is less than DATABASE_POOL_MIN',
    isBroken: ({ DATABASE_POOL_MIN: fewest, DATABASE_POOL_MAX: most }) => isMore(fewest, most),
  },
  {
    variable: 'REFRESH_COOKIE_PATH',
    message: 'does not cover the routes of refresh and logout: use the prefix of the API, or "/"',
    isBroken: (_values, { cookiePath: path, apiPrefix }) => {
      // A proxy may serve the API below another path: browsers then see `/backend/api`, for example.
      const isBehindPath = apiPrefix !== '' && path.replace(/\/$/, '').endsWith(apiPrefix);
      const isCovering = ['/token/refresh', '/auth/refresh', '/auth/logout'].every((route) =>
        isPathMatch(path, `${apiPrefix}${route}`),
      );
      return !isBehindPath && !isCovering;
    },
  },
];

/** Returns a problem for each rule between settings that is broken. */
export const crossCheckProblems = (
  values: CheckedValues,
  effective: EffectiveSettings,
): SettingsProblem[] =>
  crossChecks
    .filter(({ isBroken }) => isBroken(values, effective))
    .map(({ variable, message }) => ({ variable, message }));
