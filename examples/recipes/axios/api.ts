import axios, {
  AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';

/** The session is over: show the login. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

export interface Api {
  /** Use it like axios. It adds the access token, and refreshes when a call is answered with 401. */
  readonly http: AxiosInstance;
  /** When the page loads: whether the cookie still holds a session. */
  restore(): Promise<boolean>;
  login(identifier: string, password: string): Promise<void>;
  logout(): Promise<void>;
}

type Config = InternalAxiosRequestConfig & { isSecondTry?: boolean };

/** A login is not tried again, and its password takes a while to check. */
const LOGIN_TIMEOUT = 15_000;
/** An answer that takes longer counts as lost. */
const TRY_TIMEOUT = 2500;
const PAUSES = [0, 300, 1000];
/** Longer than those; a tab that the system has put to sleep may hold the lock. */
const TURN_TIMEOUT = 10_000;

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Tabs take turns, so that one refresh is enough for a token, and all use its key. */
const inTurn = async <Result>(refresh: () => Promise<Result>): Promise<Result> => {
  // Only on HTTPS and localhost is there a lock.
  if (!('locks' in navigator)) return refresh();
  let isMyTurn = false;
  try {
    const options = { signal: AbortSignal.timeout(TURN_TIMEOUT) };
    return await navigator.locks.request('refresh', options, () => {
      isMyTurn = true;
      return refresh();
    });
  } catch (error) {
    if (isMyTurn) throw error;
    return refresh();
  }
};

/**
 * The `Idempotency-Key` of the refresh token in the cookie. It belongs to the token, not to a request: each
 * retry sends the same, and so does another tab or a reloaded page. With it the server gives the same
 * successor again, even a day later. The key alone opens nothing.
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

const statusOf = (error: unknown): number | undefined =>
  error instanceof AxiosError ? error.response?.status : undefined;

/**
 * Makes an axios that stays logged in. For browsers: the refresh token is in an `HttpOnly` cookie, the
 * access token in memory.
 *
 * @param baseURL where the API is: `https://api.example.com/api`
 */
export const createApi = (baseURL: string): Api => {
  let accessToken: string | null = null;
  let refreshing: Promise<string> | null = null;
  const retryKey = createRetryKey(`retry key of ${new URL(baseURL, location.href)}`);
  // Without the interceptors below, so that a 401 to a refresh starts no other.
  const auth = axios.create({
    baseURL,
    withCredentials: true,
    timeout: TRY_TIMEOUT,
    headers: { 'x-strapi-refresh-cookie': 'httpOnly' },
  });
  const http = axios.create({ baseURL, withCredentials: true });

  /** The same request until an answer arrives: the one that got lost may have been carried out. */
  const postUntilAnswered = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<AxiosResponse> => {
    let lost: unknown;
    for (const wait of PAUSES) {
      await pause(wait);
      try {
        return await auth.post(path, undefined, { headers });
      } catch (error) {
        if ((statusOf(error) ?? 500) < 500) throw error;
        lost = error;
      }
    }
    throw lost;
  };

  const refresh = async (): Promise<string> => {
    try {
      const headers = { 'Idempotency-Key': retryKey.get() };
      const { data } = await postUntilAnswered('/token/refresh', headers);
      retryKey.forget();
      accessToken = data.jwt as string;
      return accessToken;
    } catch (error) {
      // 429, 5xx and a dead network log nobody out; 403 says that CLIENT_ORIGINS lacks this page.
      if (statusOf(error) !== 400 && statusOf(error) !== 401) throw error;
      retryKey.forget();
      accessToken = null;
      throw new SessionEnded('The session has ended', { cause: error });
    }
  };

  const refreshOnce = (): Promise<string> =>
    (refreshing ??= inTurn(refresh).finally(() => {
      refreshing = null;
    }));

  http.interceptors.request.use((config: Config) => {
    if (accessToken !== null) config.headers.set('Authorization', `Bearer ${accessToken}`);
    return config;
  });

  http.interceptors.response.use(undefined, async (error: AxiosError) => {
    const config = error.config as Config | undefined;
    const sent = config?.headers.get('Authorization');
    if (!config || !sent || config.isSecondTry || statusOf(error) !== 401) throw error;

    config.isSecondTry = true;
    // Another call may have refreshed while this one was under way.
    if (sent === `Bearer ${accessToken}`) await refreshOnce();
    return http.request(config);
  });

  /** A refresh under way would bring its token back after a logout or a login. */
  const settled = () => refreshing?.catch(() => undefined);

  return {
    http,

    async restore() {
      try {
        await refreshOnce();
        return true;
      } catch (error) {
        if (error instanceof SessionEnded) return false;
        throw error;
      }
    },

    async login(identifier, password) {
      await settled();
      const credentials = { identifier, password };
      const { data } = await auth.post('/auth/local', credentials, { timeout: LOGIN_TIMEOUT });
      retryKey.forget();
      accessToken = data.jwt;
    },

    async logout() {
      await settled();
      accessToken = null;
      await postUntilAnswered('/auth/logout');
      retryKey.forget();
    },
  };
};
