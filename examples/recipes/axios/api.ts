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
/** Three tries with their pauses stay within the server's leeway (10 s): each yields the same token. */
const TRY_TIMEOUT = 2500;
const PAUSES = [0, 300, 1000];
/** Longer than those; a tab that the system has put to sleep may hold the lock. */
const TURN_TIMEOUT = 10_000;

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Tabs take turns: a refresh that two others overtake would look like theft. */
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
  // Without the interceptors below, so that a 401 to a refresh starts no other.
  const auth = axios.create({
    baseURL,
    withCredentials: true,
    timeout: TRY_TIMEOUT,
    headers: { 'x-strapi-refresh-cookie': 'httpOnly' },
  });
  const http = axios.create({ baseURL, withCredentials: true });

  /** The same request until an answer arrives: the one that got lost may have been carried out. */
  const postUntilAnswered = async (path: string): Promise<AxiosResponse> => {
    let lost: unknown;
    for (const wait of PAUSES) {
      await pause(wait);
      try {
        return await auth.post(path);
      } catch (error) {
        if ((statusOf(error) ?? 500) < 500) throw error;
        lost = error;
      }
    }
    throw lost;
  };

  const refresh = async (): Promise<string> => {
    try {
      const { data } = await postUntilAnswered('/token/refresh');
      accessToken = data.jwt as string;
      return accessToken;
    } catch (error) {
      // 429, 5xx and a dead network log nobody out; 403 says that CLIENT_ORIGINS lacks this page.
      if (statusOf(error) !== 400 && statusOf(error) !== 401) throw error;
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
      accessToken = data.jwt;
    },

    async logout() {
      await settled();
      accessToken = null;
      await postUntilAnswered('/auth/logout');
    },
  };
};
