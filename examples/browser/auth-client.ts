/**
 * A browser client for rotating refresh tokens. Copy this file into any web app; it has no dependencies:
 *
 *   const auth = createAuthClient('https://api.example.com');
 *   auth.on((event) => render(event));
 *   await auth.refresh();                              // when the page loads: still logged in?
 *   const response = await auth.fetch('/api/users/me');
 *
 * The access token is in memory only. The refresh token is in a cookie that no script can read. Each refresh
 * has an `Idempotency-Key`: if its response is lost, the client can send it again, even a day later.
 */

/**
 * Why a session has ended.
 * `revoked`: the server ended it before it expired: from another device, because the password changed or the
 * user was blocked, or because a stolen copy of the cookie was used.
 * `expired`: the server refused the refresh token when the session may have expired.
 * `no cookie`: the cookie has expired, was deleted, or is blocked by the browser.
 * `refused`: the server answered 400 for another reason: the user is blocked, or the e-mail address is not
 * confirmed.
 */
export type EndReason = 'revoked' | 'expired' | 'no cookie' | 'refused';
export type Source = 'this tab' | 'another tab';

/** The events of the client. Times are in milliseconds since the epoch, by the clock of this machine. */
export type AuthEvent =
  | { type: 'login' | 'refresh'; by: Source; userId: number; expiresAt: number }
  | { type: 'logout'; by: Source }
  | { type: 'ended'; by: Source; reason: EndReason }
  | { type: 'unavailable'; retryAt: number };

/** With `rememberMe: false` the cookie ends with the browser, and the session after `BROWSER_SESSION_EXPIRES`. */
export type LoginOptions = { rememberMe?: boolean };

/** The error of a failed call. With `unavailable` nobody is logged out: try again later. */
export type AuthError = Error & { code: 'refused' | 'unavailable' | 'account changed' };

type Access = { jwt: string; userId: number; expiresAt: number };
type LoggedIn = { type: 'login' | 'refresh'; access: Access };
type LoggedOut = { type: 'logout' } | { type: 'ended'; reason: EndReason };
type Body = {
  jwt?: string;
  user?: unknown;
  error?: { message?: string; details?: { code?: string } };
};
// The status is 0 without a response of the API. `retryAfter` is in milliseconds.
type ApiResponse = { status: number; body: Body; retryAfter: number };

// In milliseconds. All attempts start within the default leeway (10 s), so that a server that ignores the
// `Idempotency-Key` returns the same successor, too.
const ATTEMPT_TIMEOUTS = [3_000, 3_000, 15_000];
const [RETRY_DELAY, MESSAGE_DELAY, LOCK_TIMEOUT] = [500, 100, 10_000];
const [MINUTE, DAY] = [60_000, 86_400_000];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Rejects when the signal aborts. The promise itself goes on, since other callers wait for it, too. */
const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    promise.then(resolve, reject);
  });

/** Runs in one tab at a time if the browser has `navigator.locks`. This only saves requests. */
const withLock = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const { locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  if (!locks) return run();
  return new Promise((resolve) => {
    const hold = () => {
      const running = run();
      resolve(running);
      // Keep the lock until the message of this tab has reached the next one.
      return running.catch(() => undefined).then(() => sleep(MESSAGE_DELAY));
    };
    const signal = AbortSignal.timeout(LOCK_TIMEOUT);
    locks.request(name, { signal }, hold).catch(() => resolve(run()));
  });
};

/** Computes the expiry from `exp - iat`, since the clocks of the server and the browser may differ. */
const readToken = (type: LoggedIn['type'], jwt: string, requestedAt: number): LoggedIn => {
  const payload = jwt.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '';
  const { id, iat, exp } = JSON.parse(atob(payload)) as Record<'id' | 'iat' | 'exp', number>;
  return { type, access: { jwt, userId: id, expiresAt: requestedAt + (exp - iat) * 1000 } };
};

const isUnavailable = ({ status }: ApiResponse) => status === 0 || status === 429 || status >= 500;
const authError = (code: AuthError['code'], message: string): AuthError =>
  Object.assign(new Error(message), { name: 'AuthError', code });
const errorOf = (response: ApiResponse): AuthError => {
  const message = response.body.error?.message ?? 'The server cannot be reached';
  return authError(isUnavailable(response) ? 'unavailable' : 'refused', message);
};
const fetchWith = ({ jwt }: Access, request: Request): Promise<Response> => {
  request.headers.set('Authorization', `Bearer ${jwt}`);
  return fetch(request);
};

/**
 * Creates the store of the `Idempotency-Key`. The key belongs to the current refresh token, not to a request:
 * a retry sends the same key, and so does another tab or a reloaded page. The server then returns the same
 * successor again. The key is useless without the refresh token.
 */
const createRetryKey = (name: string) => {
  // Used if the browser refuses to store the key: storage is disabled, or full.
  let inMemory: string | null = null;
  const stored = () => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  return {
    /** Returns the key, and creates it if it does not exist. */
    get(): string {
      const found = stored() ?? inMemory;
      if (found) return found;
      const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
      try {
        localStorage.setItem(name, key);
      } catch {
        inMemory = key;
      }
      return key;
    },
    /** Deletes the key. To be called when the refresh token has changed or is gone. */
    forget() {
      inMemory = null;
      try {
        localStorage.removeItem(name);
      } catch {
        // Nothing was stored.
      }
    },
  };
};

/**
 * Creates a client.
 *
 * @param url the URL of Strapi, without `/api` and without a slash at the end; empty for the origin of the page
 */
export const createAuthClient = (url: string) => {
  const { origin, href } = new URL(`${url}/api`, globalThis.location?.href);
  const name = `auth ${origin}`;
  const retryKey = createRetryKey(`retry key of ${href}`);
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined;
  const listeners = new Set<(event: AuthEvent) => void>();
  // One microtask per listener: an error that a listener throws must not interrupt the client.
  const emit = (event: AuthEvent) =>
    listeners.forEach((listener) => queueMicrotask(() => listener(event)));

  let access: Access | null = null;
  /** Changes with each login and logout. The result of a refresh that began before is discarded. */
  let epoch = 0;
  let refreshing: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let pause: { until: number; error: AuthError } | null = null;

  const schedule = (delay: number) => {
    clearTimeout(timer);
    // `setTimeout` fires at once for delays above 2^31 - 1 ms (24.8 days), see MDN.
    timer = setTimeout(() => void refresh().catch(() => undefined), Math.min(delay, DAY));
  };

  /** Changes the state of the session. Nothing else does. */
  const apply = (change: LoggedIn | LoggedOut, by: Source) => {
    clearTimeout(timer);
    const isSameUser = change.type === 'refresh' && change.access.userId === access?.userId;
    if (!isSameUser) epoch += 1;
    [access, failures, pause] = ['access' in change ? change.access : null, 0, null];
    if (by === 'this tab') {
      retryKey.forget();
      channel?.postMessage(change);
    }
    if (!('access' in change)) return emit({ ...change, by });
    const { userId, expiresAt } = change.access;
    const left = expiresAt - Date.now();
    // Random, so that one of many tabs refreshes first and shares its token with the others.
    const margin = Math.min(left / 5, MINUTE) * (0.5 + Math.random() / 2);
    schedule(Math.max(left - margin, 1000));
    emit({ type: isSameUser ? 'refresh' : 'login', by, userId, expiresAt });
  };

  const post = async (
    path: string,
    body: object,
    timeout: number,
    key?: string,
  ): Promise<ApiResponse> => {
    const headers = new Headers({ 'Content-Type': 'application/json' });
    headers.set('x-strapi-refresh-cookie', 'httpOnly');
    if (key) headers.set('Idempotency-Key', key);
    // Logs out the session also if the browser blocks the cookie.
    if (access && path === '/auth/logout') headers.set('Authorization', `Bearer ${access.jwt}`);
    const init = { method: 'POST', credentials: 'include', body: JSON.stringify(body) } as const;
    const options = { ...init, headers, signal: AbortSignal.timeout(timeout) };
    const response = await fetch(`${url}/api${path}`, options).catch(() => Response.error());
    const retryAfter = Number(response.headers.get('Retry-After')) * 1000 || 0;
    // Not JSON: a page of a proxy, or a truncated response.
    const json = (await response.json().catch(() => null)) as Body | null;
    const status = json || response.status === 429 ? response.status : 0;
    return { status, body: json ?? {}, retryAfter };
  };

  /** Repeats the request after a 5xx, or if there was no response of the API. */
  const postWithRetries = async (
    path: string,
    body: object,
    key?: string,
    timeouts = ATTEMPT_TIMEOUTS,
  ): Promise<ApiResponse> => {
    const [timeout = 0, ...later] = timeouts;
    const response = await post(path, body, timeout, key);
    if (!isUnavailable(response) || response.status === 429 || later.length === 0) return response;
    await sleep(RETRY_DELAY);
    return postWithRetries(path, body, key, later);
  };

  const end = ({ status, body }: ApiResponse) => {
    const isMissing = body.error?.details?.code === 'missing-refresh-token';
    // Nobody was logged in when the page loaded. There is no token that the key could belong to.
    if (isMissing && !access) return retryKey.forget();
    // The server gives every bad token the same code. An access token never outlives its session, so
    // that before it expires the session cannot have expired either.
    const reasonOf401 = access && Date.now() < access.expiresAt ? 'revoked' : 'expired';
    const reason = status === 401 ? reasonOf401 : isMissing ? 'no cookie' : 'refused';
    apply({ type: 'ended', reason }, 'this tab');
  };

  const backOff = (response: ApiResponse): AuthError => {
    failures += 1;
    const wait = response.retryAfter || Math.min(1000 * 2 ** failures, MINUTE);
    pause = { until: Date.now() + wait, error: errorOf(response) };
    schedule(wait);
    emit({ type: 'unavailable', retryAt: pause.until });
    return pause.error;
  };

  const rotate = async (): Promise<void> => {
    if (pause && Date.now() < pause.until) throw pause.error;
    const [stale, start] = [access, epoch];
    await withLock(name, async () => {
      if (access !== stale || epoch !== start) return;
      const requestedAt = Date.now();
      const response = await postWithRetries('/token/refresh', {}, retryKey.get());
      if (epoch !== start) return;
      const { status, body } = response;
      if (body.jwt) apply(readToken('refresh', body.jwt, requestedAt), 'this tab');
      else if (status === 400 || status === 401) end(response);
      else throw backOff(response);
    });
  };

  const refresh = (): Promise<void> =>
    (refreshing ??= rotate().finally(() => void (refreshing = null)));

  const logIn = (path: string, account: object): Promise<unknown> =>
    withLock(name, async () => {
      const requestedAt = Date.now();
      const response = await post(path, account, MINUTE / 2);
      if (response.status !== 200) throw errorOf(response);
      const { jwt, user } = response.body;
      if (jwt) apply(readToken('login', jwt, requestedAt), 'this tab');
      return user;
    });

  const send = async (request: Request): Promise<Response> => {
    if (new URL(request.url).origin !== origin) return fetch(request);
    if (!access && refreshing) await abortable(refreshing, request.signal);
    const first = access;
    if (!first) return fetch(request);
    // A body can be read only once: the second attempt sends the copy.
    const copy = request.clone();
    const response = await fetchWith(first, request);
    if (response.status !== 401) return response;
    if (access === first) await abortable(refresh(), request.signal);
    const second = access as Access | null;
    if (!second) return response;
    if (second.userId === first.userId) return fetchWith(second, copy);
    throw authError('account changed', 'Another user has logged in in the meantime');
  };

  channel?.addEventListener('message', ({ data }: MessageEvent<LoggedIn | LoggedOut>) => {
    // Ignore a late `refresh` of the session that this tab has just logged out.
    if (access || refreshing || data.type === 'login') apply(data, 'another tab');
  });

  return {
    /** Logs in and resolves to the user. @throws {AuthError} */
    login: (identifier: string, password: string, options: LoginOptions = {}) =>
      logIn('/auth/local', { identifier, password, ...options }),
    /** Registers, and logs in unless the e-mail address has to be confirmed first. @throws {AuthError} */
    register: (
      account: { username: string; email: string; password: string },
      options: LoginOptions = {},
    ) => logIn('/auth/local/register', { ...account, ...options }),
    /** Ends this session, or all sessions of the user. @throws {AuthError} and nobody is logged out */
    logout: (scope: 'session' | 'all' = 'session') =>
      withLock(name, async () => {
        const response = await postWithRetries('/auth/logout', { scope });
        // 401: the request had no cookie and no valid access token. There is nothing to log out.
        if (response.status !== 200 && response.status !== 401) throw errorOf(response);
        apply({ type: 'logout' }, 'this tab');
      }),
    /** Gets a new access token, or ends the session if the API refuses the refresh token. Parallel calls share
     * one request. @throws {AuthError} if neither is possible just now */
    refresh,
    /** Works like `fetch`; a path is resolved against the API. Requests to the API's origin get the access
     * token. After a 401 the client refreshes and repeats the request once. The caller gets a 401 if the session
     * has ended, or if the API refuses the new token, too. @throws {AuthError} unavailable, account changed */
    fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
      send(
        new Request(typeof input === 'string' && input.startsWith('/') ? url + input : input, init),
      ),
    /** Adds a listener. Returns a function that removes it. */
    on(listener: (event: AuthEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Stops the timer, and the exchange of messages with other tabs. */
    close() {
      clearTimeout(timer);
      channel?.close();
    },
  };
};

export type AuthClient = ReturnType<typeof createAuthClient>;
