import { readAccess, type Access } from './access-token.ts';
import {
  NO_ANSWER,
  RETRIES,
  errorOf,
  isRefusal,
  isUnavailable,
  type ApiRequest,
  type ApiResponse,
  type SendToApi,
} from './api.ts';
import { accountChanged, loggedOut, type AuthError } from './errors.ts';
import { createLogin, type Login } from './login.ts';
import { createObservers } from './observers.ts';
import type { OutReason, Source, TokenStorage } from './types.ts';
import { IN_COOKIE, type createVault, type Credential } from './vault.ts';

type LoggedIn<User> = { type: 'login' | 'refresh'; access: Access; user: User };
type LoggedOut =
  { type: 'logout' } | { type: 'nobody' } | { type: 'ended'; reason: Exclude<OutReason, 'logout'> };

interface Parts {
  readonly send: SendToApi;
  readonly vault: ReturnType<typeof createVault>;
  readonly storage: TokenStorage;
  readonly isCookie: boolean;
  readonly userPath: string;
  readonly askOnFirstVisit: boolean | undefined;
  /** Leads to the other tabs that share the login. */
  readonly channel: BroadcastChannel | undefined;
}

/** In milliseconds. */
const [MINUTE, DAY] = [60_000, 86_400_000];

/** Creates the part of the client that knows who is logged in, and the only one that changes it. */
export const createSession = <User>(parts: Parts) => {
  const { send, vault, storage, isCookie, channel } = parts;
  const observers = createObservers<User>();
  const { emit } = observers;

  let access: Access | null = null;
  /** A new one with each login and logout. The old one aborts what was begun under the login before. */
  let login: Login = createLogin();
  let refreshing: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  /** `until` is in milliseconds of `performance.now`, which nobody sets back. */
  let pause: { until: number; error: AuthError } | null = null;
  let isClosed = false;
  let queue: Promise<unknown> = Promise.resolve();

  /** Runs one after the other in this tab, and if the storage has a lock, alone among all that share it. */
  const exclusive = <T>(run: () => Promise<T>): Promise<T> => {
    const result = queue.then(() => (storage.lock ? storage.lock(run) : run()));
    queue = result.catch(() => undefined);
    return result;
  };

  const schedule = (delay: number) => {
    clearTimeout(timer);
    if (isClosed) return;
    // `setTimeout` fires at once for delays above 2^31 - 1 ms (24.8 days), see MDN.
    timer = setTimeout(tryRefresh, Math.min(delay, DAY));
    // In Node.js a timer would keep the process running.
    (timer as { unref?: () => void }).unref?.();
  };

  const enter = ({ access: next, user }: LoggedIn<User>, isSameUser: boolean, by: Source) => {
    const { userId, expiresAt } = next;
    const left = expiresAt - Date.now();
    // Random, so that one of many tabs refreshes first and shares its token with the others.
    const margin = Math.min(left / 5, MINUTE) * (0.5 + Math.random() / 2);
    schedule(Math.max(left - margin, 1000));
    observers.setState({ status: 'in', user, reason: null, error: null });
    emit({ type: isSameUser ? 'refresh' : 'login', by, userId, expiresAt });
  };

  const leave = (change: LoggedOut, by: Source) => {
    const reasons = { logout: 'logout', nobody: null } as const;
    const reason = change.type === 'ended' ? change.reason : reasons[change.type];
    observers.setState({ status: 'out', user: null, reason, error: null });
    if (change.type !== 'nobody') emit({ ...change, by });
  };

  const share = (change: LoggedIn<User> | LoggedOut) => {
    if (change.type !== 'nobody' && !isClosed) channel?.postMessage(change);
  };

  /** Changes the login. Nothing else does. */
  const apply = (change: LoggedIn<User> | LoggedOut, by: Source = 'this tab') => {
    clearTimeout(timer);
    const next = 'access' in change ? change.access : null;
    const isSameUser = change.type === 'refresh' && next?.userId === access?.userId;
    [access, failures, pause] = [next, 0, null];
    if (!isSameUser) {
      login.end(next ? accountChanged() : loggedOut());
      login = createLogin();
    }
    if (by === 'this tab') share(change);
    if ('access' in change) enter(change, isSameUser, by);
    else leave(change, by);
  };

  /** An access token never outlives its session: before it expires, the session cannot have expired either. */
  const reasonOf = (status: number, isMissing: boolean) => {
    // The server gives every bad token the same code.
    if (status === 401) return access && Date.now() < access.expiresAt ? 'revoked' : 'expired';
    return isMissing ? 'no-cookie' : 'refused';
  };

  const end = async ({ status, body }: ApiResponse, sent: string) => {
    const isMissing = body.error?.details?.code === 'missing-refresh-token';
    const isGuess = parts.askOnFirstVisit || storage.isLasting === false;
    const isStranger = isMissing && !access && isGuess;
    // Empty: the server need not be asked again.
    await vault.renew(sent, isStranger ? '' : null);
    apply(isStranger ? { type: 'nobody' } : { type: 'ended', reason: reasonOf(status, isMissing) });
  };

  const backOff = (response: ApiResponse, cause?: unknown): AuthError => {
    failures += 1;
    const wait = response.retryAfter || Math.min(1000 * 2 ** failures, MINUTE);
    const error = errorOf(response, cause);
    pause = { until: performance.now() + wait, error };
    schedule(wait);
    observers.setState({ ...observers.state, error });
    emit({ type: 'unavailable', retryAt: Date.now() + wait });
    return error;
  };

  /** Returns the user to whom an access token belongs. */
  const userOf = async ({ jwt, userId }: Access, given: unknown): Promise<User> => {
    const known = given ?? (userId === access?.userId && observers.state.user);
    if (known) return known as User;
    const response = await send(parts.userPath, { method: 'GET', jwt }, RETRIES);
    if (isUnavailable(response)) throw backOff(response);
    // A role may have no permission to read its own user.
    return (response.status === 200 ? response.body : { id: userId }) as User;
  };

  /**
   * Stores the tokens of an answer, and logs in.
   *
   * @param sent the refresh token that the answer replaces
   */
  const accept = async (
    type: 'login' | 'refresh',
    { body }: ApiResponse,
    requestedAt: number,
    sent?: string,
  ): Promise<User> => {
    const mine = login;
    const { jwt = '', refreshToken = IN_COOKIE } = body;
    // Store the refresh token before the access token is used: whoever is killed after this line has the newest.
    await (sent ? vault.renew(sent, refreshToken) : vault.replace(refreshToken));
    const next = readAccess(jwt, requestedAt);
    const user = await userOf(next, body.user);
    if (login === mine) apply({ type, access: next, user });
    return user;
  };

  const findNobody = () => {
    // Another process has logged out.
    if (access) apply({ type: 'logout' });
    if (observers.state.status === 'loading') apply({ type: 'nobody' });
  };

  const sendRefresh = ({ token, key }: Credential) =>
    send('/token/refresh', { body: isCookie ? {} : { refreshToken: token }, key }, RETRIES);

  const rotate = async (): Promise<void> => {
    const mine = login;
    const asks = isCookie && (access || parts.askOnFirstVisit);
    const credential = await vault.begin(asks ? IN_COOKIE : null).catch((error: unknown) => {
      throw backOff(NO_ANSWER, error);
    });
    if (!credential) return findNobody();
    const { token } = credential;
    const requestedAt = Date.now();
    const response = await sendRefresh(credential);
    if (login !== mine) return;
    if (response.body.jwt) return void (await accept('refresh', response, requestedAt, token));
    if (!isRefusal(response)) throw backOff(response);
    const stored = await vault.token();
    // Another process has refreshed or logged in meanwhile.
    if (stored && stored !== token) return rotate();
    await end(response, token);
  };

  const rotateOnce = async (): Promise<void> => {
    if (pause && performance.now() < pause.until) throw pause.error;
    const [stale, mine] = [access, login];
    await exclusive(async () => {
      // Unless another tab was faster.
      if (access === stale && login === mine) await rotate();
    });
  };

  const refresh = (): Promise<void> =>
    (refreshing ??= rotateOnce().finally(() => void (refreshing = null)));

  /** The back-off has noted a failure already. */
  const tryRefresh = () => void refresh().catch(() => undefined);

  channel?.addEventListener('message', ({ data }: MessageEvent<LoggedIn<User> | LoggedOut>) => {
    const isWaiting = refreshing || observers.state.status === 'loading';
    // Ignore a late `refresh` of the session that this tab has just logged out, and that it has `ended`.
    if (access || isWaiting || data.type === 'login' || data.type === 'logout')
      apply(data, 'another tab');
  });

  return {
    observers,
    /** The present login. */
    get login() {
      return login;
    },
    refresh,

    /** Finds out who is logged in, unless that is known. */
    start() {
      if (observers.state.status === 'loading') tryRefresh();
    },

    /** Sends a request that needs no login. @throws {AuthError} */
    async post(path: string, body: object): Promise<void> {
      const response = await send(path, { body });
      if (response.status !== 200) throw errorOf(response);
    },

    /**
     * Returns the access token; null if nobody is logged in. Refreshes if it is not known yet, has expired, or was
     * refused. @throws {AuthError} if that is not possible just now
     */
    async current(refused?: string): Promise<Access | null> {
      const isStale = access && (access.jwt === refused || Date.now() >= access.expiresAt);
      if (isStale || observers.state.status === 'loading') await refresh();
      return access;
    },

    /**
     * Sends a request whose answer logs in, and resolves to the user.
     *
     * @param type `refresh` if the user stays the same
     * @throws {AuthError}
     */
    logIn: (path: string, request: ApiRequest, type: 'login' | 'refresh' = 'login') =>
      // Not while a refresh is on its way: its late cookie would replace the one of this login.
      exclusive(async () => {
        const requestedAt = Date.now();
        const jwt = type === 'refresh' ? access?.jwt : undefined;
        const response = await send(path, { ...request, jwt });
        if (response.status !== 200) throw errorOf(response);
        // While an e-mail address has to be confirmed, a registration does not log in.
        if (!response.body.jwt) return response.body.user as User;
        const user = await accept(type, response, requestedAt);
        // The browser may keep cookies as little as anything else: better to know now than after a reload.
        if (isCookie && storage.isLasting === false) tryRefresh();
        return user;
      }),

    /** @throws {AuthError} and nobody is logged out */
    logOut: (scope: 'session' | 'all') =>
      exclusive(async () => {
        const refreshToken = isCookie ? null : await vault.token();
        const body = { scope, refreshToken };
        // Has the access token as well, for browsers that block the cookie.
        const response = await send('/auth/logout', { body, jwt: access?.jwt }, RETRIES);
        // 401: neither token was good. There is nothing to log out.
        if (response.status !== 200 && response.status !== 401) throw errorOf(response);
        await vault.replace(null);
        apply({ type: 'logout' });
      }),

    setUser: (user: User) => {
      if (access) observers.setState({ ...observers.state, status: 'in', user, reason: null });
    },

    /** Ends a pause, and asks the server again if that was due, or if the login may have changed unnoticed. */
    resume(isStale = false) {
      const isDue = observers.state.status === 'loading' || pause || isStale;
      pause = null;
      if (isClosed || !(isDue || (access && Date.now() >= access.expiresAt))) return;
      tryRefresh();
    },

    close() {
      isClosed = true;
      clearTimeout(timer);
      channel?.close();
    },
  };
};

export type ClientSession<User> = ReturnType<typeof createSession<User>>;
