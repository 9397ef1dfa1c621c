import { createHmac, randomBytes } from 'node:crypto';

/**
 * What a web server that renders pages (Next.js, SvelteKit, …) does with the sessions of its visitors.
 *
 * Both tokens are in `HttpOnly` cookies of the web server: the refresh token as Strapi sets it, and the
 * access token beside it, so that a page needs no refresh of its own. No script can read either.
 */

/** The access token, in a cookie that the browser drops a little before the token expires. */
export const ACCESS_COOKIE = 'accessToken';
const REFRESH_COOKIE = 'refreshToken';

/** What Strapi is told of the browser behind a request. */
export interface Visitor {
  /** The `Cookie` header. */
  readonly cookie: string;
  /** Shown in the list of devices. */
  readonly userAgent: string;
  /** Counted by the rate limits, shown in the list of devices. Strapi believes it with `IS_PROXIED`. */
  readonly address: string;
}

/** What a login, a refresh or a logout came to. The `setCookies` go to the browser as they are. */
export type Outcome =
  | { readonly kind: 'renewed'; readonly accessToken: string; readonly setCookies: string[] }
  | { readonly kind: 'ended'; readonly setCookies: string[] }
  /** 429, 5xx or no answer: nobody is logged out. */
  | { readonly kind: 'unavailable' };

/** A login is not tried again, and its password takes a while to check. */
const LOGIN_TIMEOUT = 15_000;
/** An answer that takes longer counts as lost. */
const TRY_TIMEOUT = 2500;
const PAUSES = [0, 300, 1000];

/** So much of an access token's life the cookie lasts: the rest is for calls that are under way. */
const USABLE_PART = 0.9;

const api = (): string => `${process.env.STRAPI_URL ?? 'http://localhost:1337'}/api`;

/** The refresh token of a visitor, as a `Cookie` header: nothing else is Strapi's business. */
const refreshCookies = ({ cookie }: Visitor): string =>
  cookie
    .split(/; */)
    .filter((pair) => pair.startsWith(`${REFRESH_COOKIE}=`))
    .join('; ');

/** Whether there is anything to refresh with. */
export const hasRefreshToken = (visitor: Visitor): boolean => refreshCookies(visitor) !== '';

/**
 * The secret from which the keys below are derived, the same in all processes of the web server. Where
 * none is set, a process makes one of its own: its retries are recognised until it restarts.
 */
const keySecret = (): string =>
  (process.env.RETRY_KEY_SECRET ||= randomBytes(32).toString('base64url'));

/**
 * The `Idempotency-Key` of a refresh token. Strapi answers a retry with the same key by the same successor,
 * even a day later: the browser may have gone on to another page before its new cookies arrived. The key
 * is derived from the token, so that nothing is stored, and every process derives the same one. Whoever
 * steals a token does not know the secret, and so not the key.
 */
const retryKey = (refreshToken: string): string =>
  createHmac('sha256', keySecret()).update(refreshToken).digest('base64url');

interface Answer {
  readonly status: number;
  readonly setCookies: string[];
  /** Empty where there is none. */
  readonly jwt: string;
}

/** Undefined when no whole answer arrives in so many milliseconds. */
const post = async (
  path: string,
  visitor: Visitor,
  timeout: number,
  { body = {}, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Answer | undefined> => {
  try {
    const response = await fetch(`${api()}${path}`, {
      method: 'POST',
      // No `Origin`: what has none passes, this server's would have to be in CLIENT_ORIGINS.
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': visitor.userAgent,
        'X-Forwarded-For': visitor.address,
        'x-strapi-refresh-cookie': 'httpOnly',
        Cookie: refreshCookies(visitor),
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

/** The same request until an answer arrives: the one that got lost may have been carried out. */
const postUntilAnswered = async (
  path: string,
  visitor: Visitor,
  headers?: Record<string, string>,
): Promise<Answer | undefined> => {
  for (const wait of PAUSES) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await post(path, visitor, TRY_TIMEOUT, { headers });
    if (answer && answer.status < 500) return answer;
  }
  return undefined;
};

/** Seconds from issue to expiry, whatever the clocks say. */
const lifeOf = (jwt: string): number => {
  const [, payload = ''] = jwt.split('.');
  const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return exp - iat;
};

/** Beside Strapi's own cookie, with the same attributes: REFRESH_COOKIE_* sets them for both. */
const accessCookie = (jwt: string, strapiCookies: string[]): string => {
  // The last one: before it Strapi may clear cookies of other settings.
  const strapiCookie = strapiCookies.at(-1) ?? 'none; Path=/';
  const [, ...attributes] = strapiCookie.split('; ').filter((text) => !text.startsWith('Max-Age='));
  const maxAge = jwt === '' ? 0 : Math.floor(lifeOf(jwt) * USABLE_PART);
  return [`${ACCESS_COOKIE}=${jwt}`, `Max-Age=${maxAge}`, ...attributes].join('; ');
};

const outcomeOf = (answer: Answer | undefined): Outcome => {
  if (answer?.status === 200) {
    const { jwt, setCookies } = answer;
    const all = [...setCookies, accessCookie(jwt, setCookies)];
    return { kind: 'renewed', accessToken: jwt, setCookies: all };
  }
  const isRefused = answer?.status === 400 || answer?.status === 401;
  return isRefused ? { kind: 'ended', setCookies: answer.setCookies } : { kind: 'unavailable' };
};

/** How long an outcome is kept for requests that bring the same token, in milliseconds. */
const REMEMBERED = 5000;
const renewals = new Map<string, Promise<Outcome>>();

/**
 * Rotates the refresh token of a visitor: once, however many requests of the browser bring it. Some of
 * them come when the first has been answered already.
 */
export const renew = (visitor: Visitor): Promise<Outcome> => {
  const key = refreshCookies(visitor);
  const known = renewals.get(key);
  if (known) return known;

  const headers = { 'Idempotency-Key': retryKey(key.slice(`${REFRESH_COOKIE}=`.length)) };
  const renewal = postUntilAnswered('/token/refresh', visitor, headers).then((answer) => {
    const outcome = outcomeOf(answer);
    if (outcome.kind === 'renewed') setTimeout(() => renewals.delete(key), REMEMBERED).unref();
    // What is unavailable now may be there for the next request.
    else renewals.delete(key);
    return outcome;
  });
  renewals.set(key, renewal);
  return renewal;
};

/** Logs a visitor in; `ended` says that the credentials are wrong. */
export const logIn = async (
  visitor: Visitor,
  identifier: string,
  password: string,
): Promise<Outcome> =>
  outcomeOf(await post('/auth/local', visitor, LOGIN_TIMEOUT, { body: { identifier, password } }));

/** Logs a visitor out; the session ends in Strapi, too. */
export const logOut = async (visitor: Visitor): Promise<Outcome> => {
  const answer = await postUntilAnswered('/auth/logout', visitor);
  // A 401 says that there was no cookie to log out with.
  if (answer?.status !== 200 && answer?.status !== 401) return { kind: 'unavailable' };
  const { setCookies } = answer;
  return { kind: 'ended', setCookies: [...setCookies, accessCookie('', setCookies)] };
};

/** Reads from Strapi as a visitor. A 401 means that the session has ended, a 403 that there is none. */
export const callStrapi = (path: string, accessToken: string | undefined): Promise<Response> =>
  fetch(`${api()}${path}`, {
    headers: accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` },
    cache: 'no-store',
  });
