/**
 * Stores one secret value, for instance in the Keychain or Keystore. `write` must be atomic.
 * The value is the refresh token. During a refresh it is followed by a space and the `Idempotency-Key`.
 */
export interface SecureStorage {
  read(): Promise<string | null>;
  write(value: string): Promise<void>;
  remove(): Promise<void>;
}

/** Thrown when the session has ended, or nobody is logged in: show the login form. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** Thrown when the API cannot be reached or refuses for now. Nobody is logged out. Try again later. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';

  /** @param status the HTTP status; undefined without a response */
  constructor(readonly status?: number) {
    super(status === undefined ? 'No response from the server' : `The server answered ${status}`);
  }
}

export interface Session {
  login(identifier: string, password: string): Promise<void>;
  /** Sends a request with the access token, and repeats it after a 401. The path is relative to the API. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Resolves to an access token, after a refresh if necessary.
   *
   * @param refused a token that was just refused with a 401
   */
  accessToken(refused?: string): Promise<string>;
  logout(): Promise<void>;
}

interface Tokens {
  readonly jwt: string;
  readonly refreshToken: string;
}

interface ErrorBody {
  readonly error: { readonly message: string };
}

interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

// In milliseconds. A login has one long attempt: it is not repeated, and the password hash takes time.
const LOGIN_TIMEOUT = 15_000;
const ATTEMPT_TIMEOUT = 2500;
/** The delay before each attempt. */
const RETRY_DELAYS = [0, 300, 1000];

const sleep = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/**
 * Creates a session whose refresh token is sent in the body.
 *
 * @param api the URL of the API: `https://api.example.com/api`
 * @param createKey returns a random string of 22 to 128 characters. React Native has no `crypto`: pass
 *   `randomUUID` of `expo-crypto`
 */
export const createSession = (
  api: string,
  storage: SecureStorage,
  createKey: () => string = () => crypto.randomUUID(),
): Session => {
  let current: string | null = null;
  let refreshing: Promise<string> | null = null;

  /** Rejects if no complete response arrives before the timeout (in milliseconds). */
  const post = async (
    path: string,
    body: object,
    timeout: number,
    headers: Record<string, string> = {},
  ): Promise<ApiResponse> => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    try {
      const response = await fetch(`${api}${path}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'x-strapi-refresh-cookie': 'none',
          ...headers,
        },
        body: JSON.stringify(body),
        signal: abort.signal,
      });
      const text = await response.text();
      // An error page of a proxy is not JSON.
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
    } finally {
      clearTimeout(timer);
    }
  };

  /** Repeats the request after a 5xx or a lost response: the server may have handled it nevertheless. */
  const postWithRetries = async (
    path: string,
    body: object,
    headers?: Record<string, string>,
  ): Promise<ApiResponse> => {
    let response: ApiResponse | undefined;
    for (const delay of RETRY_DELAYS) {
      await sleep(delay);
      response = await post(path, body, ATTEMPT_TIMEOUT, headers).catch(() => undefined);
      if (response && response.status < 500) return response;
    }
    throw new ServerUnavailable(response?.status);
  };

  const accept = async ({ jwt, refreshToken }: Tokens): Promise<string> => {
    // Store the refresh token before the access token is used: if the app is killed after this line, it has
    // the newest token. If the write fails, the next refresh sends the old token and its key again.
    await storage.write(refreshToken);
    current = jwt;
    return jwt;
  };

  const forget = async (): Promise<void> => {
    current = null;
    await storage.remove();
  };

  const refresh = async (): Promise<string> => {
    const stored = await storage.read();
    if (stored === null) throw new SessionEnded('Not logged in');

    // A stored key belongs to a refresh whose response was not stored: the app was killed, or a write failed.
    const [refreshToken, key = createKey()] = stored.split(' ');
    // Store the key before it is sent: if the app is killed, it can repeat the refresh, even a day later.
    if (stored === refreshToken) await storage.write(`${refreshToken} ${key}`);
    const headers = { 'Idempotency-Key': key };
    const { status, body } = await postWithRetries('/token/refresh', { refreshToken }, headers);
    if (status === 200) return accept(body as Tokens);
    if (status !== 400 && status !== 401) throw new ServerUnavailable(status);
    await forget();
    throw new SessionEnded('The session has ended');
  };

  const accessToken = async (refused?: string): Promise<string> => {
    // Another request may have refreshed in the meantime.
    if (current !== null && current !== refused) return current;
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  /** Waits for a running refresh, whose token would otherwise replace the result of a login or logout. */
  const refreshSettled = () => refreshing?.catch(() => undefined);

  const send = (path: string, init: RequestInit, token: string): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    return fetch(`${api}${path}`, { ...init, headers });
  };

  return {
    accessToken,

    async login(identifier, password) {
      await refreshSettled();
      const { status, body } = await post(
        '/auth/local',
        { identifier, password },
        LOGIN_TIMEOUT,
      ).catch(() => Promise.reject(new ServerUnavailable()));
      if (status === 400) throw new Error((body as ErrorBody).error.message);
      if (status !== 200) throw new ServerUnavailable(status);
      await accept(body as Tokens);
    },

    async fetch(path, init = {}) {
      const token = await accessToken();
      const response = await send(path, init, token);
      return response.status === 401 ? send(path, init, await accessToken(token)) : response;
    },

    async logout() {
      await refreshSettled();
      const stored = await storage.read();
      await forget();
      const [refreshToken] = stored?.split(' ') ?? [];
      if (refreshToken !== undefined) await postWithRetries('/auth/logout', { refreshToken });
    },
  };
};
