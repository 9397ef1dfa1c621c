/**
 * The browser's side of rotating refresh tokens. Copy this file into any web app; it needs nothing else:
 *
 *   const auth = createAuthClient('https://api.example.com');
 *   auth.on((event) => render(event));
 *   await auth.refresh();                              // when the page loads: still logged in?
 *   const answer = await auth.fetch('/api/users/me');
 * The access token is kept in memory only, the refresh token in a cookie that no script can read. Each
 * refresh has an `Idempotency-Key`, so that it can be sent again when its answer is lost, even a day later.
 */

/**
 * Why a session is over. `revoked`: the server ended it before its time: from another device, by a new
 * password, a block, or because a stolen copy of the cookie was used. `expired`: refused at a time when
 * it may just have run out. `no cookie`: it ran out, was deleted, or the browser blocks it.
 */
export type EndReason = 'revoked' | 'expired' | 'no cookie' | 'refused';
export type Source = 'this tab' | 'another tab';

/** What an app wants to hear of. Times are milliseconds since the epoch, by this machine's clock. */
export type AuthEvent =
  | { type: 'login' | 'refresh'; by: Source; userId: number; expiresAt: number }
  | { type: 'logout'; by: Source }
  | { type: 'ended'; by: Source; reason: EndReason }
  | { type: 'unavailable'; retryAt: number };

/** Why a call failed. `unavailable` says nothing about the session: try again later. */
export type AuthError = Error & { code: 'refused' | 'unavailable' | 'account changed' };

type Access = { jwt: string; userId: number; expiresAt: number };
type Arrival = { type: 'login' | 'refresh'; access: Access };
type Departure = { type: 'logout' } | { type: 'ended'; reason: EndReason };
type Body = { jwt?: string; user?: unknown; error?: { message?: string } };
// The status is 0 where no answer came that means anything.
type Answer = { status: number; body: Body; retryAfter: number };

// The time-out of each attempt. All of them start within the leeway, so that a server which does not know
// the `Idempotency-Key` gives the same successor as well.
const ATTEMPTS = [3_000, 3_000, 15_000];
const [PAUSE, NEWS, LOCK_TIMEOUT] = [500, 100, 10_000];
const [MINUTE, DAY] = [60_000, 86_400_000];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits, but no longer than the caller wants. What is waited for goes on: others wait for it, too. */
const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    promise.then(resolve, reject);
  });

/** One tab at a time, where the browser can do that. It saves requests; without, all is correct, too. */
const exclusively = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const { locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  if (!locks) return run();
  return new Promise((resolve) => {
    const hold = () => {
      const running = run();
      resolve(running);
      // The next tab gets its turn once the news of this one have reached it.
      return running.catch(() => undefined).then(() => sleep(NEWS));
    };
    const signal = AbortSignal.timeout(LOCK_TIMEOUT);
    locks.request(name, { signal }, hold).catch(() => resolve(run()));
  });
};

/** The clocks of server and browser may differ: only the difference of the server's times counts. */
const readToken = (type: Arrival['type'], jwt: string, requestedAt: number): Arrival => {
  const payload = jwt.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '';
  const { id, iat, exp } = JSON.parse(atob(payload)) as Record<'id' | 'iat' | 'exp', number>;
  return { type, access: { jwt, userId: id, expiresAt: requestedAt + (exp - iat) * 1000 } };
};

const isUnavailable = ({ status }: Answer) => status === 0 || status === 429 || status >= 500;
const authError = (code: AuthError['code'], message: string): AuthError =>
  Object.assign(new Error(message), { name: 'AuthError', code });
const errorOf = (answer: Answer): AuthError => {
  const message = answer.body.error?.message ?? 'The server cannot be reached';
  return authError(isUnavailable(answer) ? 'unavailable' : 'refused', message);
};
const fetchWith = ({ jwt }: Access, request: Request): Promise<Response> => {
  request.headers.set('Authorization', `Bearer ${jwt}`);
  return fetch(request);
};

/**
 * The `Idempotency-Key` of the current refresh token. It belongs to the token, not to a request: a retry
 * sends the same key, and so does another tab or a reloaded page that finds it. With it the server gives
 * the same successor again. The key alone opens nothing.
 */
const createRetryKey = (name: string) => {
  // Used only where the browser stores nothing: its settings forbid it, or its storage is full.
  let unstored: string | null = null;
  const stored = () => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  return {
    /** Gives the key, and creates it before the first request that needs it. */
    get(): string {
      const found = stored() ?? unstored;
      if (found) return found;
      const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
      try {
        localStorage.setItem(name, key);
      } catch {
        unstored = key;
      }
      return key;
    },
    /** The browser has another refresh token now, or none: the next one gets a key of its own. */
    forget() {
      unstored = null;
      try {
        localStorage.removeItem(name);
      } catch {
        // Nothing was stored.
      }
    },
  };
};

/** @param url where Strapi is, without `/api` and without a slash at the end; empty: where the page is */
export const createAuthClient = (url: string) => {
  const { origin, href } = new URL(`${url}/api`, globalThis.location?.href);
  const name = `auth ${origin}`;
  const retryKey = createRetryKey(`retry key of ${href}`);
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined;
  const listeners = new Set<(event: AuthEvent) => void>();
  // Later, and each by itself: what an app throws must not stop the client half-way.
  const emit = (event: AuthEvent) => listeners.forEach((tell) => queueMicrotask(() => tell(event)));

  let access: Access | null = null;
  /** Rises with each login and logout: what was under way before is out of date. */
  let epoch = 0;
  let refreshing: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let pause: { until: number; error: AuthError } | null = null;

  const schedule = (delay: number) => {
    clearTimeout(timer);
    // Asked for more than 24 days, `setTimeout` fires at once.
    timer = setTimeout(() => void refresh().catch(() => undefined), Math.min(delay, DAY));
  };

  /** The only place where the session changes. */
  const apply = (change: Arrival | Departure, by: Source) => {
    clearTimeout(timer);
    const isSame = change.type === 'refresh' && change.access.userId === access?.userId;
    if (!isSame) epoch += 1;
    [access, failures, pause] = ['access' in change ? change.access : null, 0, null];
    if (by === 'this tab') {
      retryKey.forget();
      channel?.postMessage(change);
    }
    if (!('access' in change)) return emit({ ...change, by });
    const { userId, expiresAt } = change.access;
    const left = expiresAt - Date.now();
    // At random, so that of many tabs one is first, and the others need not ask.
    const margin = Math.min(left / 5, MINUTE) * (0.5 + Math.random() / 2);
    schedule(Math.max(left - margin, 1000));
    emit({ type: isSame ? 'refresh' : 'login', by, userId, expiresAt });
  };

  const post = async (
    path: string,
    body: object,
    timeout: number,
    key?: string,
  ): Promise<Answer> => {
    const headers = new Headers({ 'Content-Type': 'application/json' });
    headers.set('x-strapi-refresh-cookie', 'httpOnly');
    if (key) headers.set('Idempotency-Key', key);
    // Where the browser keeps no cookie, this still says whom to log out.
    if (access && path === '/auth/logout') headers.set('Authorization', `Bearer ${access.jwt}`);
    const init = { method: 'POST', credentials: 'include', body: JSON.stringify(body) } as const;
    const options = { ...init, headers, signal: AbortSignal.timeout(timeout) };
    const answer = await fetch(`${url}/api${path}`, options).catch(() => Response.error());
    const retryAfter = Number(answer.headers.get('Retry-After')) * 1000 || 0;
    // No JSON: a proxy's page, or an answer that was cut off.
    const json = (await answer.json().catch(() => null)) as Body | null;
    const status = json || answer.status === 429 ? answer.status : 0;
    return { status, body: json ?? {}, retryAfter };
  };

  /** Asks again until an answer says something. */
  const persist = async (
    path: string,
    body: object,
    key?: string,
    timeouts = ATTEMPTS,
  ): Promise<Answer> => {
    const [timeout = 0, ...later] = timeouts;
    const answer = await post(path, body, timeout, key);
    if (!isUnavailable(answer) || answer.status === 429 || later.length === 0) return answer;
    await sleep(PAUSE);
    return persist(path, body, key, later);
  };

  const end = ({ status, body }: Answer) => {
    const isMissing = body.error?.message === 'Missing refresh token';
    // When the page loads: nobody was logged in, and there is no token for a key to belong to.
    if (isMissing && !access) return retryKey.forget();
    // An access token never outlives its session: while it is good, nothing can have run out.
    const by401 = access && Date.now() < access.expiresAt ? 'revoked' : 'expired';
    const reason = status === 401 ? by401 : isMissing ? 'no cookie' : 'refused';
    apply({ type: 'ended', reason }, 'this tab');
  };

  const backOff = (answer: Answer): AuthError => {
    failures += 1;
    const wait = answer.retryAfter || Math.min(1000 * 2 ** failures, MINUTE);
    pause = { until: Date.now() + wait, error: errorOf(answer) };
    schedule(wait);
    emit({ type: 'unavailable', retryAt: pause.until });
    return pause.error;
  };

  const rotate = async (): Promise<void> => {
    if (pause && Date.now() < pause.until) throw pause.error;
    const [stale, start] = [access, epoch];
    await exclusively(name, async () => {
      if (access !== stale || epoch !== start) return;
      const requestedAt = Date.now();
      const answer = await persist('/token/refresh', {}, retryKey.get());
      if (epoch !== start) return;
      if (answer.body.jwt) apply(readToken('refresh', answer.body.jwt, requestedAt), 'this tab');
      else if (answer.status === 400 || answer.status === 401) end(answer);
      else throw backOff(answer);
    });
  };

  const refresh = (): Promise<void> =>
    (refreshing ??= rotate().finally(() => void (refreshing = null)));

  const logIn = (path: string, account: object): Promise<unknown> =>
    exclusively(name, async () => {
      const requestedAt = Date.now();
      const answer = await post(path, account, MINUTE / 2);
      if (answer.status !== 200) throw errorOf(answer);
      const { jwt, user } = answer.body;
      if (jwt) apply(readToken('login', jwt, requestedAt), 'this tab');
      return user;
    });

  const send = async (request: Request): Promise<Response> => {
    if (new URL(request.url).origin !== origin) return fetch(request);
    if (!access && refreshing) await unlessAborted(refreshing, request.signal);
    const first = access;
    if (!first) return fetch(request);
    // A body can be read once: the copy is for the second attempt.
    const copy = request.clone();
    const answer = await fetchWith(first, request);
    if (answer.status !== 401) return answer;
    if (access === first) await unlessAborted(refresh(), request.signal);
    const second = access as Access | null;
    if (!second) return answer;
    if (second.userId === first.userId) return fetchWith(second, copy);
    throw authError('account changed', 'Somebody else has logged in meanwhile');
  };

  channel?.addEventListener('message', ({ data }: MessageEvent<Arrival | Departure>) => {
    // Not the last refresh of a session that this tab has just logged out.
    if (access || refreshing || data.type === 'login') apply(data, 'another tab');
  });

  return {
    /** Logs in and gives the user. @throws {AuthError} */
    login: (identifier: string, password: string) => logIn('/auth/local', { identifier, password }),
    /** Registers and logs in, unless the e-mail address has to be confirmed first. @throws {AuthError} */
    register: (account: { username: string; email: string; password: string }) =>
      logIn('/auth/local/register', account),
    /** Ends this session, or all of the user's. @throws {AuthError} and then nobody is logged out */
    logout: (scope: 'session' | 'all' = 'session') =>
      exclusively(name, async () => {
        const answer = await persist('/auth/logout', { scope });
        // 401: there was nothing left to log out.
        if (answer.status !== 200 && answer.status !== 401) throw errorOf(answer);
        apply({ type: 'logout' }, 'this tab');
      }),
    /** Gets an access token; many calls at a time are one request. @throws {AuthError} unavailable */
    refresh,
    /** As `fetch`, with the token for the API's origin only; a path is taken there. An answer of 401
     * means that nobody is logged in any more. @throws {AuthError} unavailable, account changed */
    fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
      send(
        new Request(typeof input === 'string' && input.startsWith('/') ? url + input : input, init),
      ),
    /** Calls back with each event. Gives a function that ends this. */
    on(listener: (event: AuthEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Ends timers and the talk with other tabs. */
    close() {
      clearTimeout(timer);
      channel?.close();
    },
  };
};

export type AuthClient = ReturnType<typeof createAuthClient>;
