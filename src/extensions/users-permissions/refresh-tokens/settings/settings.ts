import ms from 'ms';
import { z } from 'zod';
import { accessTokenVariables, toAccessTokens, type AccessTokens } from './access-tokens';
import { crossCheckProblems, type SettingsProblem } from './cross-checks';
import {
  addressHeader,
  adoptVariables,
  boolean,
  cookieDomain,
  cookieName,
  cookiePath,
  cookieKeyList,
  lifetime,
  duration,
  headerList,
  originList,
  sameSite,
  secret,
  secretList,
  signingSecret,
  url,
  variable,
  webhookSecretList,
  wholeNumber,
} from './variables';

const DEFAULT_BROWSER_SESSION_TTL = ms('1d');

/** Node's timers run at once with more milliseconds (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * All environment variables of the project, by topic: types, defaults, validation, and the source of
 * docs/configuration.md. An empty variable counts as unset.
 */
export const variableGroups = {
  'Tokens and sessions': z.object({
    JWT_SECRET: variable(
      secretList,
      'Signs access tokens. 32 characters or more; several, comma-separated: the first signs, all verify.',
    ),
    REFRESH_SECRET: variable(
      secretList,
      'Signs refresh tokens. Same rules; must share no value with `JWT_SECRET`.',
    ),
    JWT_SECRET_EXPIRES: variable(
      lifetime.prefault('360s'),
      'How long an access token lives. Short: it is sent with every request.',
    ),
    REFRESH_TOKEN_EXPIRES: variable(
      lifetime.prefault('2d'),
      'How long a refresh token lives: the idle limit. A session that is not refreshed for that long ends.',
    ),
    SESSION_EXPIRES: variable(
      lifetime.prefault('30d'),
      'How long a session lives after its login, however often it is refreshed: the absolute limit.',
    ),
    BROWSER_SESSION_EXPIRES: variable(
      lifetime.optional(),
      'How long a session lives whose login said `rememberMe: false`; its cookie ends with the browser. Default: `1d`, or `SESSION_EXPIRES` if that is shorter.',
    ),
    REFRESH_TOKEN_LEEWAY: variable(
      duration.prefault('10s'),
      'How long after a rotation the session does not rotate again, and the previous refresh token still yields the same successor. At most `5m`, and a quarter of `REFRESH_TOKEN_EXPIRES`. `0s`: any repeated use without its `Idempotency-Key` is a reuse.',
    ),
    SESSION_LIMIT: variable(
      wholeNumber(0).prefault('20'),
      'Live sessions a user may have; the oldest is revoked at the next login. `0`: no limit.',
    ),
    ...adoptVariables,
  }),
  'Access tokens that other services verify': accessTokenVariables,
  Transport: z.object({
    REFRESH_TOKEN_TRANSPORT: variable(
      z.enum(['cookie', 'body'], { message: 'must be "cookie" or "body"' }).prefault('cookie'),
      '`cookie`: an `HttpOnly` cookie, for browsers. `body`: JSON, for native apps and servers.',
    ),
    REFRESH_COOKIE_NAME: variable(
      cookieName.prefault('refreshToken'),
      'Name of the refresh cookie. No sub-domain can set a cookie named `__Host-refreshToken`; it needs `REFRESH_COOKIE_SECURE=true`, `REFRESH_COOKIE_PATH=/` and no `REFRESH_COOKIE_DOMAIN`.',
    ),
    REFRESH_COOKIE_SECURE: variable(
      boolean.optional(),
      'Send the cookie over HTTPS only. Default: `false` with `npm run develop`, `true` otherwise.',
    ),
    REFRESH_COOKIE_SAMESITE: variable(
      sameSite.prefault('lax'),
      '`strict`, `lax` or `none`. `none` (a web app on another site) needs a secure cookie.',
    ),
    REFRESH_COOKIE_DOMAIN: variable(
      cookieDomain.optional(),
      'Share the cookie with sub-domains of this host. Unset: this host only.',
    ),
    REFRESH_COOKIE_PATH: variable(
      cookiePath.optional(),
      'Path of the cookie. It must cover the routes of refresh and logout. Default: the prefix of the API (`rest.prefix` in `config/api.ts`), `/api`.',
    ),
    REFRESH_COOKIE_PARTITIONED: variable(
      boolean.prefault('false'),
      'Add `Partitioned` to the cookie, for a web app in an iframe of another site. Needs a secure cookie.',
    ),
    CLIENT_ORIGINS: variable(
      originList.optional(),
      'Origins of web apps (`https://app.example.com`), apps in a web view (`capacitor://localhost`, `ionic://localhost`, `tauri://localhost`) and browser extensions (`chrome-extension://…`) that may call this API with credentials, comma-separated, without wildcards. Default: `http://localhost:3000,http://localhost:5173` with `npm run develop`, none otherwise.',
    ),
    CLIENT_HEADERS: variable(
      headerList.optional(),
      'Request headers that client origins may send besides those of this API, comma-separated: `traceparent,baggage`.',
    ),
  }),
  'Rate limits': z.object({
    REFRESH_RATE_LIMIT_MAX: variable(
      wholeNumber(0).prefault('20'),
      'Refreshes and logouts a minute: of one session, and of one address without a genuine token. `0`: off.',
    ),
    AUTH_RATE_LIMIT_MAX: variable(
      wholeNumber(0).prefault('10'),
      'Requests a minute to one login, register or password route from one address. `0`: off.',
    ),
    REDIS_URL: variable(
      url(['redis:', 'rediss:']).optional(),
      'Counts all rate limits in Redis. Needed with several instances: without it, each counts alone.',
    ),
  }),
  Server: z.object({
    HOST: variable(z.string().prefault('0.0.0.0'), 'Address to listen on.'),
    PORT: variable(wholeNumber(0, 65535).prefault('1337'), 'Port to listen on.'),
    PUBLIC_URL: variable(
      url(['http:', 'https:']).optional(),
      'The public URL of the server, if it is not this host and port. E-mails and login providers use it.',
    ),
    IS_PROXIED: variable(
      boolean.prefault('false'),
      'Trust `X-Forwarded-*`. Set it behind a reverse proxy, and only there. The last address of `X-Forwarded-For` is the client.',
    ),
    TRUSTED_PROXIES: variable(
      wholeNumber(1, 10).prefault('1'),
      'How many proxies are in front, each of which appends to `X-Forwarded-For`. With `2` the last address but one is the client. Needs `IS_PROXIED=true`.',
    ),
    CLIENT_ADDRESS_HEADER: variable(
      addressHeader.optional(),
      'The header with the address of the client, where it is not `X-Forwarded-For`: `CF-Connecting-IP`, `Fly-Client-IP`. The proxy must set it in every request. Needs `IS_PROXIED=true`.',
    ),
    METRICS_PORT: variable(
      wholeNumber(1, 65535).optional(),
      'Serve `GET /metrics` for Prometheus on this port, without a login (docs/operating.md). Unset: off.',
    ),
    SHUTDOWN_TIMEOUT: variable(
      duration
        .refine((milliseconds) => milliseconds <= ms('10m'), { message: 'is longer than 10m' })
        .prefault('5s'),
      'How long a stopping server waits for the requests in flight. Shorter than the time after which the platform kills the process: 10 s for Docker, 30 s for Kubernetes.',
    ),
    APP_KEYS: variable(
      cookieKeyList,
      "Signs the cookies of Strapi's session middleware, not the refresh cookie. Several, comma-separated.",
    ),
    ADMIN_JWT_SECRET: variable(signingSecret, 'Signs the tokens of the admin panel.'),
    API_TOKEN_SALT: variable(secret, 'Salt of the hashes of API tokens.'),
    TRANSFER_TOKEN_SALT: variable(
      secret.optional(),
      'Salt of the hashes of the tokens of `strapi transfer`.',
    ),
    ENCRYPTION_KEY: variable(
      secret.optional(),
      'Encrypts API tokens, so that the admin panel can show them again.',
    ),
    FLAG_NPS: variable(boolean.prefault('true'), 'Admin panel: ask administrators to rate Strapi.'),
    FLAG_PROMOTE_EE: variable(boolean.prefault('true'), 'Admin panel: show paid features.'),
    FLAG_DOC_LINKS: variable(boolean.prefault('true'), 'Admin panel: link to the documentation.'),
    WEBHOOKS_POPULATE_RELATIONS: variable(
      boolean.prefault('false'),
      'Send related entries with the webhooks of an entry.',
    ),
    WEBHOOK_SECRET: variable(
      webhookSecretList.optional(),
      'Signs the webhooks of sessions (Standard Webhooks), and sends them again after a failure: docs/security.md. `whsec_` and the base64 of 24 to 64 random bytes; several, comma-separated: all sign. Unset: neither.',
    ),
  }),
  Database: z.object({
    DATABASE_CLIENT: variable(
      z
        .enum(['sqlite', 'postgres', 'mysql'], {
          message: 'must be "sqlite", "postgres" or "mysql"',
        })
        .prefault('sqlite'),
      '`sqlite`, `postgres` or `mysql`.',
    ),
    DATABASE_FILENAME: variable(
      z.string().prefault('.tmp/data.db'),
      'SQLite: the file, relative to the project or absolute.',
    ),
    DATABASE_URL: variable(
      url(['postgres:', 'postgresql:', 'mysql:']).optional(),
      'Postgres, MySQL: host, port, database, user and password in one URL.',
    ),
    DATABASE_HOST: variable(z.string().prefault('localhost'), 'Postgres, MySQL: server.'),
    DATABASE_PORT: variable(
      wholeNumber(1, 65535).optional(),
      'Postgres, MySQL: port. Default: `5432` or `3306`.',
    ),
    DATABASE_NAME: variable(z.string().prefault('strapi'), 'Postgres, MySQL: database.'),
    DATABASE_USERNAME: variable(z.string().prefault('strapi'), 'Postgres, MySQL: user.'),
    DATABASE_PASSWORD: variable(z.string().optional(), 'Postgres, MySQL: password.'),
    DATABASE_SCHEMA: variable(z.string().prefault('public'), 'Postgres: schema.'),
    DATABASE_SSL: variable(boolean.prefault('false'), 'Postgres, MySQL: connect over TLS.'),
    DATABASE_SSL_REJECT_UNAUTHORIZED: variable(
      boolean.prefault('true'),
      'Refuse a database server whose certificate cannot be verified.',
    ),
    DATABASE_SSL_CA: variable(
      z.string().optional(),
      'CA certificates to verify the server, as PEM text.',
    ),
    DATABASE_SSL_CAPATH: variable(z.string().optional(), 'A folder of CA certificates.'),
    DATABASE_SSL_KEY: variable(z.string().optional(), 'Private key of the client, as PEM text.'),
    DATABASE_SSL_CERT: variable(z.string().optional(), 'Certificate of the client, as PEM text.'),
    DATABASE_SSL_CIPHER: variable(
      z.string().optional(),
      'Ciphers to offer, as OpenSSL lists them.',
    ),
    DATABASE_POOL_MIN: variable(
      wholeNumber(0).prefault('2'),
      'Postgres, MySQL: fewest open connections.',
    ),
    DATABASE_POOL_MAX: variable(
      wholeNumber(1).prefault('10'),
      'Postgres, MySQL: most open connections.',
    ),
    DATABASE_CONNECTION_TIMEOUT: variable(
      wholeNumber(1, LONGEST_TIMER).prefault('60000'),
      'Postgres, MySQL: how long to wait for a connection, in milliseconds.',
    ),
  }),
} as const;

const variables = z.object({
  ...variableGroups['Tokens and sessions'].shape,
  ...accessTokenVariables.shape,
  ...variableGroups.Transport.shape,
  ...variableGroups['Rate limits'].shape,
  ...variableGroups.Server.shape,
  ...variableGroups.Database.shape,
});

/** The names of all variables, in the order of the documentation. */
export const variableNames = Object.keys(variables.shape);

export type { SettingsProblem } from './cross-checks';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The checked settings of the extension. Times are milliseconds. */
export interface Settings {
  /** Secrets of access tokens; the first signs unless a key does, all verify. */
  readonly accessSecrets: readonly string[];
  /** Secrets of refresh tokens; the first signs, all verify. */
  readonly refreshSecrets: readonly string[];
  readonly accessTokens: AccessTokens;
  /** Lifetime of an access token, in milliseconds. */
  readonly accessTtl: number;
  /** Lifetime of a refresh token: the idle limit, in milliseconds. */
  readonly refreshTtl: number;
  /** Lifetime of a session: the absolute limit, in milliseconds. */
  readonly sessionTtl: number;
  /** The same for a session whose user chose not to be remembered, in milliseconds. */
  readonly browserSessionTtl: number;
  /** How long a session does not rotate again, and the previous token is repeated; in milliseconds. */
  readonly leeway: number;
  /** Live sessions a user may have; 0 for no limit. */
  readonly sessionLimit: number;
  /** Until when earlier refresh tokens are exchanged (milliseconds since the epoch), and a secret for them. */
  readonly adoptSessions: { readonly until?: number; readonly jwtSecret?: string };
  readonly transport: 'cookie' | 'body';
  readonly cookie: CookieSettings;
  /** The prefix of the API (`rest.prefix`), such as `/api`; empty for `/`. */
  readonly apiPrefix: string;
  readonly clientOrigins: readonly string[];
  /** Refreshes and logouts a minute, of one session or one address; 0 for off. */
  readonly refreshRateLimit: number;
  /** Requests a minute to a login, register or password route from one address; 0 for off. */
  readonly authRateLimit: number;
  /** The Redis server that counts rate limits; absent: they are counted in memory. */
  readonly redisUrl?: string;
  /** Where `GET /metrics` is served; absent: nowhere. */
  readonly metricsPort?: number;
  /** The address to listen on. */
  readonly host: string;
  /** Secrets of the webhooks of sessions, in base64; all sign. Absent: they are not signed, nor sent again. */
  readonly webhookSecrets?: readonly string[];
  /** How long a stopping server waits for the requests in flight, in milliseconds. */
  readonly shutdownTimeout: number;
}

/** The name and the attributes of the refresh cookie. */
export interface CookieSettings {
  readonly name: string;
  readonly secure: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly domain?: string;
  readonly path: string;
  readonly partitioned: boolean;
}

/** Names all invalid settings in one message. */
export class InvalidSettings extends Error {
  constructor(readonly problems: readonly SettingsProblem[]) {
    super(
      [
        'Invalid settings. Fix these environment variables (see docs/configuration.md):',
        ...problems.map(({ variable: name, message }) => `  ${name}: ${message}`),
      ].join('\n'),
    );
    this.name = 'InvalidSettings';
    // An operator needs the message alone, not where it was thrown.
    this.stack = '';
  }
}

/** The checked value of each variable. */
export type Values = z.output<typeof variables>;
/** The text of each variable; that of one with a default may be absent. */
export type Texts = z.input<typeof variables>;

/** Reads each variable by itself, so that an invalid one does not hide another. */
export const readVariables = (environment: Environment) => {
  const problems: SettingsProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(variables.shape)) {
    const text = environment[name]?.trim();
    const result = schema.safeParse(text === '' ? undefined : text);
    if (result.success) {
      values[name] = result.data;
    } else {
      problems.push(...result.error.issues.map(({ message }) => ({ variable: name, message })));
    }
  }
  return { problems, values: values as Partial<Values> };
};

/**
 * Reads and checks the environment (design section 7).
 *
 * @param environment `process.env`; variables that are not in `variableNames` are ignored
 * @param production whether `REFRESH_COOKIE_SECURE` and `CLIENT_ORIGINS` have the safe defaults; if not,
 *   those for web apps on this computer, without TLS
 * @param restPrefix `rest.prefix` of Strapi: decides the default of `REFRESH_COOKIE_PATH`
 * @param otherProblems problems found elsewhere, for the same message
 * @throws {InvalidSettings} naming all invalid settings
 */
export const readSettings = (
  environment: Environment,
  production: boolean,
  restPrefix = '/api',
  otherProblems: readonly SettingsProblem[] = [],
): Settings => {
  const { problems, values: partial } = readVariables(environment);
  const apiPrefix = restPrefix.replace(/^\/?/, '/').replace(/\/$/, '');
  const {
    REFRESH_COOKIE_SECURE: secure = production,
    REFRESH_COOKIE_PATH: path = apiPrefix || '/',
  } = partial;
  const effective = { secureCookie: secure, cookiePath: path, apiPrefix };
  problems.push(...crossCheckProblems(partial, effective), ...otherProblems);
  if (problems.length > 0) throw new InvalidSettings(problems);

  const values = partial as Values;
  return {
    accessSecrets: values.JWT_SECRET,
    refreshSecrets: values.REFRESH_SECRET,
    accessTokens: toAccessTokens(values),
    accessTtl: values.JWT_SECRET_EXPIRES,
    refreshTtl: values.REFRESH_TOKEN_EXPIRES,
    sessionTtl: values.SESSION_EXPIRES,
    browserSessionTtl:
      values.BROWSER_SESSION_EXPIRES ??
      Math.min(DEFAULT_BROWSER_SESSION_TTL, values.SESSION_EXPIRES),
    leeway: values.REFRESH_TOKEN_LEEWAY,
    sessionLimit: values.SESSION_LIMIT,
    adoptSessions: { until: values.ADOPT_SESSIONS_UNTIL, jwtSecret: values.ADOPT_JWT_SECRET },
    transport: values.REFRESH_TOKEN_TRANSPORT,
    cookie: {
      name: values.REFRESH_COOKIE_NAME,
      secure,
      sameSite: values.REFRESH_COOKIE_SAMESITE,
      domain: values.REFRESH_COOKIE_DOMAIN,
      path,
      partitioned: values.REFRESH_COOKIE_PARTITIONED,
    },
    apiPrefix,
    clientOrigins:
      values.CLIENT_ORIGINS ??
      (production ? [] : ['http://localhost:3000', 'http://localhost:5173']),
    refreshRateLimit: values.REFRESH_RATE_LIMIT_MAX,
    authRateLimit: values.AUTH_RATE_LIMIT_MAX,
    redisUrl: values.REDIS_URL,
    metricsPort: values.METRICS_PORT,
    host: values.HOST,
    webhookSecrets: values.WEBHOOK_SECRET,
    shutdownTimeout: values.SHUTDOWN_TIMEOUT,
  };
};
