import axios, {
  AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';

/** Thrown when the session has ended: show the login form. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

export interface Api {
  /** An axios instance that sends the access token. After a 401 it refreshes and repeats the request. */
  readonly http: AxiosInstance;
  /** Whether there is a session. Call it when the page loads: it refreshes with the cookie. */
  restore(): Promise<boolean>;
  /** @param options `rememberMe: false`: the cookie ends with the browser, and the session soon after */
  login(identifier: string, password: string, options?: { rememberMe?: boolean }): Promise<void>;
  logout(): Promise<void>;
}

type Config = InternalAxiosRequestConfig & { isRetry?: boolean };

// In milliseconds. A login has one long attempt: it is not repeated, and the password hash takes time.
const LOGIN_TIMEOUT = 15_000;
const ATTEMPT_TIMEOUT = 2500;
/** The delay before each attempt. */
const RETRY_DELAYS = [0, 300, 1000];
/** Longer than all attempts together. A tab that the system has suspended may hold the lock for ever. */
const LOCK_TIMEOUT = 10_000;

const sleep = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Refreshes in one tab at a time, so that tabs do not refresh the same token in parallel. */
const withLock = async <Result>(refresh: () => Promise<Result>): Promise<Result> => {
  // Browsers have locks in secure contexts only: HTTPS and localhost (MDN, Web Locks API).
  if (!('locks' in navigator)) return refresh();
  let hasLock = false;
  try {
    const options = { signal: AbortSignal.timeout(LOCK_TIMEOUT) };
    return await navigator.locks.request('refresh', options, () => {
      hasLock = true;
      return refresh();
    });
  } catch (error) {
    if (hasLock) throw error;
    return refresh();
  }
};

/**
 * Creates the store of the `Idempotency-Key`. The key belongs to the current refresh token, not to a request:
 * a retry sends the same key, and so does another tab or a reloaded page. The server then returns the same
 * successor again, even a day later. The key is useless without the refresh token.
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

const statusOf = (error: unknown): number | undefined =>
  error instanceof AxiosError ? error.response?.status : undefined;

/**
 * Creates an API client for browsers. The refresh token is in an `HttpOnly` cookie, the access token in memory.
 *
 * @param baseURL the URL of the API: `https://api.example.com/api`
 */
export const createApi = (baseURL: string): Api => {
  let accessToken: string | null = null;
  let refreshing: Promise<string> | null = null;
  const retryKey = createRetryKey(`retry key of ${new URL(baseURL, location.href)}`);
  // Without the interceptors below: a 401 to a refresh must not start another refresh.
  const auth = axios.create({
    baseURL,
    withCredentials: true,
    timeout: ATTEMPT_TIMEOUT,
    headers: { 'x-strapi-refresh-cookie': 'httpOnly' },
  });
  const http = axios.create({ baseURL, withCredentials: true });

  /** Repeats the request after a 5xx or a lost response: the server may have handled it nevertheless. */
  const postWithRetries = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<AxiosResponse> => {
    let lastError: unknown;
    for (const delay of RETRY_DELAYS) {
      await sleep(delay);
      try {
        return await auth.post(path, undefined, { headers });
      } catch (error) {
        if ((statusOf(error) ?? 500) < 500) throw error;
        lastError = error;
      }
    }
    throw lastError;
  };

  const refresh = async (): Promise<string> => {
    try {
      const headers = { 'Idempotency-Key': retryKey.get() };
      const { data } = await postWithRetries('/token/refresh', headers);
      retryKey.forget();
      accessToken = data.jwt as string;
      return accessToken;
    } catch (error) {
      // 429, 5xx and network errors log nobody out. 403: CLIENT_ORIGINS lacks the origin of this page.
      if (statusOf(error) !== 400 && statusOf(error) !== 401) throw error;
      retryKey.forget();
      accessToken = null;
      throw new SessionEnded('The session has ended', { cause: error });
    }
  };

  const refreshOnce = (): Promise<string> =>
    (refreshing ??= withLock(refresh).finally(() => {
      refreshing = null;
    }));

  http.interceptors.request.use((config: Config) => {
    if (accessToken !== null) config.headers.set('Authorization', `Bearer ${accessToken}`);
    return config;
  });

  http.interceptors.response.use(undefined, async (error: AxiosError) => {
    const config = error.config as Config | undefined;
    const sent = config?.headers.get('Authorization');
    if (!config || !sent || config.isRetry || statusOf(error) !== 401) throw error;

    config.isRetry = true;
    // Refresh only if no other request has done so in the meantime.
    if (sent === `Bearer ${accessToken}`) await refreshOnce();
    return http.request(config);
  });

  /** Waits for a running refresh, whose token would otherwise replace the result of a login or logout. */
  const refreshSettled = () => refreshing?.catch(() => undefined);

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

    async login(identifier, password, options) {
      await refreshSettled();
      const credentials = { identifier, password, ...options };
      const { data } = await auth.post('/auth/local', credentials, { timeout: LOGIN_TIMEOUT });
      retryKey.forget();
      accessToken = data.jwt;
    },

    async logout() {
      await refreshSettled();
      accessToken = null;
      await postWithRetries('/auth/logout');
      retryKey.forget();
    },
  };
};
