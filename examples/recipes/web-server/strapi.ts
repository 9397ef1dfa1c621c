import { createHmac, randomBytes } from 'node:crypto';

/**
 * Sessions for a web server that renders pages (Next.js, SvelteKit, …).
 *
 * Both tokens are in `HttpOnly` cookies of the web server, which no script can read: the refresh token in the
 * cookie that Strapi sets, and the access token in a second one, so that not every page needs a refresh.
 */

/** The name of the cookie with the access token. It is kept as long as the refresh cookie. */
export const ACCESS_COOKIE = 'accessToken';
/**
 * The name of a cookie without a secret that expires a little before the access token does. The access cookie itself
 * has no `Max-Age` if the session ends with the browser: otherwise the token would stay in a closed browser.
 */
const FRESH_COOKIE = 'accessTokenIsFresh';
const REFRESH_COOKIE = 'refreshToken';

/** The parts of a browser's request that are forwarded to Strapi. */
export interface BrowserRequest {
  /** The `Cookie` header. */
  readonly cookie: string;
  /** For the list of devices. */
  readonly userAgent: string;
  /** For the rate limits and the list of devices. Strapi uses it only with `IS_PROXIED=true`. */
  readonly address: string;
}

/** The result of a login, refresh or logout. Send `setCookies` to the browser unchanged. */
export type Outcome =
  | { readonly kind: 'renewed'; readonly accessToken: string; readonly setCookies: string[] }
  | { readonly kind: 'ended'; readonly setCookies: string[] }
  /** Any other status, such as 429 and 5xx, or no response. Nobody is logged out. */
  | { readonly kind: 'unavailable' };

// In milliseconds. A login has one long attempt: it is not repeated, and the password hash takes time.
const LOGIN_TIMEOUT = 15_000;
const ATTEMPT_TIMEOUT = 2500;
/** The delay before each attempt. */
const RETRY_DELAYS = [0, 300, 1000];

/** When to refresh, relative to the lifetime of the access token. The rest is for requests in progress. */
const COOKIE_LIFETIME_FACTOR = 0.9;

const api = (): string => `${process.env.STRAPI_URL ?? 'http://localhost:1337'}/api`;

const cookiesNamed = (name: string, { cookie }: BrowserRequest): string =>
  cookie
    .split(/; */)
    .filter((pair) => pair.startsWith(`${name}=`))
    .join('; ');

/** Returns the `Cookie` header for Strapi: the refresh cookie without the other cookies of the web server. */
const refreshCookies = (request: BrowserRequest): string => cookiesNamed(REFRESH_COOKIE, request);

/** Whether to call `renew` before the request is handled: there is no access token, or an old one. */
export const needsRenewal = (request: BrowserRequest): boolean =>
  refreshCookies(request) !== '' &&
  [ACCESS_COOKIE, FRESH_COOKIE].some((name) => cookiesNamed(name, request) === '');

/**
 * Returns the secret from which the retry keys are derived. It has to be the same in all processes of the web
 * server. Without `RETRY_KEY_SECRET` each process creates a random one, which is lost when it restarts.
 */
const keySecret = (): string =>
  (process.env.RETRY_KEY_SECRET ||= randomBytes(32).toString('base64url'));

/**
 * Returns the `Idempotency-Key` of a refresh token. For a retry with the same key Strapi returns the same
 * successor, even a day later. That is necessary if the browser has left a page before its new cookies arrived.
 * The key is derived from the token, so that nothing is stored and every process sends the same key. A thief of
 * a token does not know the secret, and therefore does not know the key.
 *
 * `createIdempotencyKeys` of `strapi-refresh-token-client/server` derives the same keys. This file does without it, so
 * that it can be copied into a web server that does not install the package.
 */
const retryKey = (refreshToken: string): string =>
  createHmac('sha256', keySecret()).update(refreshToken).digest('base64url');

interface StrapiResponse {
  readonly status: number;
  readonly setCookies: string[];
  /** The access token; empty if the body has none. */
  readonly jwt: string;
}

/** Resolves to undefined if no complete response arrives before the timeout (in milliseconds). */
const post = async (
  path: string,
  request: BrowserRequest,
  timeout: number,
  { body = {}, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<StrapiResponse | undefined> => {
  try {
    const response = await fetch(`${api()}${path}`, {
      method: 'POST',
      // No `Origin` header: with one, the origin of this server would have to be in CLIENT_ORIGINS.
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': request.userAgent,
        'X-Forwarded-For': request.address,
        'x-strapi-refresh-cookie': 'httpOnly',
        Cookie: refreshCookies(request),
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    const jwt = /"jwt":"([^"]+)"/.exec(await response.text())?.[1] ?? '';
    return { status: response.status, setCookies: response.headers.getSetCookie(), jwt };
  } catch {
    return undefined;
  }
};

/** Repeats the request after a 5xx or a lost response: the server may have handled it nevertheless. */
const postWithRetries = async (
  path: string,
  request: BrowserRequest,
  headers?: Record<string, string>,
): Promise<StrapiResponse | undefined> => {
  for (const delay of RETRY_DELAYS) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    const response = await post(path, request, ATTEMPT_TIMEOUT, { headers });
    if (response && response.status < 500) return response;
  }
  return undefined;
};

/** Returns the lifetime of a token in seconds. It does not depend on the clock of this machine. */
const lifetimeOf = (jwt: string): number => {
  const [, payload = ''] = jwt.split('.');
  const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return exp - iat;
};

/** Returns the `Set-Cookie` headers for the access token, with the attributes of Strapi's refresh cookie. */
const accessCookies = (jwt: string, strapiCookies: string[]): string[] => {
  // The last one is the refresh cookie. The others clear cookies with another `Domain` or `Path`.
  const [, ...attributes] = (strapiCookies.at(-1) ?? 'none; Max-Age=0; Path=/').split('; ');
  const others = attributes.filter((text) => !text.startsWith('Max-Age='));
  const maxAge = jwt === '' ? 0 : Math.floor(lifetimeOf(jwt) * COOKIE_LIFETIME_FACTOR);
  return [
    [`${ACCESS_COOKIE}=${jwt}`, ...attributes].join('; '),
    [`${FRESH_COOKIE}=1`, `Max-Age=${maxAge}`, ...others].join('; '),
  ];
};

/** Returns the outcome that clears all cookies. */
const ended = (setCookies: string[]): Outcome => ({
  kind: 'ended',
  setCookies: [...setCookies, ...accessCookies('', setCookies)],
});

const outcomeOf = (response: StrapiResponse | undefined): Outcome => {
  if (response?.status === 200) {
    const { jwt, setCookies } = response;
    const all = [...setCookies, ...accessCookies(jwt, setCookies)];
    return { kind: 'renewed', accessToken: jwt, setCookies: all };
  }
  const isRefused = response?.status === 400 || response?.status === 401;
  return isRefused ? ended(response.setCookies) : { kind: 'unavailable' };
};

/** How long an outcome is kept for other requests with the same token, in milliseconds. */
const CACHE_TIME = 5000;
const renewals = new Map<string, Promise<Outcome>>();

/**
 * Refreshes with the token in the request's cookie. A browser sends several requests with the same token, some
 * of them after the first response. All of them share one refresh.
 */
export const renew = (request: BrowserRequest): Promise<Outcome> => {
  const key = refreshCookies(request);
  const known = renewals.get(key);
  if (known) return known;

  const headers = { 'Idempotency-Key': retryKey(key.slice(`${REFRESH_COOKIE}=`.length)) };
  const renewal = postWithRetries('/token/refresh', request, headers).then((response) => {
    const outcome = outcomeOf(response);
    if (outcome.kind === 'renewed') setTimeout(() => renewals.delete(key), CACHE_TIME).unref();
    // The next request tries again.
    else renewals.delete(key);
    return outcome;
  });
  renewals.set(key, renewal);
  return renewal;
};

/**
 * Logs in. The outcome `ended` means that Strapi has refused the login.
 *
 * @param rememberMe with false all cookies end with the browser, and the session after `BROWSER_SESSION_EXPIRES`
 */
export const logIn = async (
  request: BrowserRequest,
  identifier: string,
  password: string,
  rememberMe: boolean,
): Promise<Outcome> => {
  const body = { identifier, password, rememberMe };
  return outcomeOf(await post('/auth/local', request, LOGIN_TIMEOUT, { body }));
};

/** Ends the session in Strapi, and clears the cookies. */
export const logOut = async (request: BrowserRequest): Promise<Outcome> => {
  const response = await postWithRetries('/auth/logout', request);
  // 401: the request had no refresh cookie.
  if (response?.status !== 200 && response?.status !== 401) return { kind: 'unavailable' };
  return ended(response.setCookies);
};

/** Sends a GET request to Strapi. 401: the session has ended. 403: there is no access token. */
export const callStrapi = (path: string, accessToken: string | undefined): Promise<Response> =>
  fetch(`${api()}${path}`, {
    headers: accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` },
    cache: 'no-store',
  });
