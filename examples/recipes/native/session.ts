/**
 * Where the device keeps a secret: Keychain, Keystore. A write replaces the old value whole, or not at all.
 * The value is a refresh token. Once a refresh has begun, a space and the `Idempotency-Key` follow it.
 */
export interface SecureStorage {
  read(): Promise<string | null>;
  write(value: string): Promise<void>;
  remove(): Promise<void>;
}

/** The session is over, or there was none: show the login. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** The server gave no usable answer; nobody is logged out. Try again later. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';

  /** @param status undefined when no answer came at all */
  constructor(readonly status?: number) {
    super(status === undefined ? 'No answer from the server' : `The server answered ${status}`);
  }
}

export interface Session {
  login(identifier: string, password: string): Promise<void>;
  /** `fetch` with the access token; after a 401 once more, with a new one. Takes paths below `/api`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** An access token; `refused` is one that was just answered with 401. */
  accessToken(refused?: string): Promise<string>;
  logout(): Promise<void>;
}

interface Tokens {
  readonly jwt: string;
  readonly refreshToken: string;
}

interface Refusal {
  readonly error: { readonly message: string };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A login is not tried again, and its password takes a while to check. */
const LOGIN_TIMEOUT = 15_000;
/** An answer that takes longer counts as lost. */
const TRY_TIMEOUT = 2500;
const PAUSES = [0, 300, 1000];

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/**
 * Stays logged in with a refresh token that travels in the body.
 *
 * @param api where the API is: `https://api.example.com/api`
 * @param createKey gives a random text of 22 characters or more. React Native has no `crypto`: hand in
 *   `randomUUID` of `expo-crypto` there
 */
export const createSession = (
  api: string,
  storage: SecureStorage,
  createKey: () => string = () => crypto.randomUUID(),
): Session => {
  let current: string | null = null;
  let refreshing: Promise<string> | null = null;

  /** Rejects when no whole answer arrives in so many milliseconds. */
  const post = async (
    path: string,
    body: object,
    timeout: number,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
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
      // A proxy's error page is no JSON.
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
    } finally {
      clearTimeout(timer);
    }
  };

  /** The same request until an answer arrives: the one that got lost may have been carried out. */
  const postUntilAnswered = async (
    path: string,
    body: object,
    headers?: Record<string, string>,
  ): Promise<Answer> => {
    let answer: Answer | undefined;
    for (const wait of PAUSES) {
      await pause(wait);
      answer = await post(path, body, TRY_TIMEOUT, headers).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
    }
    throw new ServerUnavailable(answer?.status);
  };

  const accept = async ({ jwt, refreshToken }: Tokens): Promise<string> => {
    // Stored first: whoever is cut off after this line still holds the newest token. If this fails,
    // the old token and its key are still there, and the next refresh asks for the same successor.
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

    // A key that is here already was sent before: the app was closed, or its storage failed.
    const [refreshToken, key = createKey()] = stored.split(' ');
    // Stored first: whoever is cut off after this line can ask again with it, even a day later.
    if (stored === refreshToken) await storage.write(`${refreshToken} ${key}`);
    const headers = { 'Idempotency-Key': key };
    const { status, body } = await postUntilAnswered('/token/refresh', { refreshToken }, headers);
    if (status === 200) return accept(body as Tokens);
    if (status !== 400 && status !== 401) throw new ServerUnavailable(status);
    await forget();
    throw new SessionEnded('The session has ended');
  };

  const accessToken = async (refused?: string): Promise<string> => {
    // Another request may have refreshed while this one was under way.
    if (current !== null && current !== refused) return current;
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  /** A refresh under way would store its token after a logout or a login has stored otherwise. */
  const settled = () => refreshing?.catch(() => undefined);

  const send = (path: string, init: RequestInit, token: string): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    return fetch(`${api}${path}`, { ...init, headers });
  };

  return {
    accessToken,

    async login(identifier, password) {
      await settled();
      const { status, body } = await post(
        '/auth/local',
        { identifier, password },
        LOGIN_TIMEOUT,
      ).catch(() => Promise.reject(new ServerUnavailable()));
      if (status === 400) throw new Error((body as Refusal).error.message);
      if (status !== 200) throw new ServerUnavailable(status);
      await accept(body as Tokens);
    },

    async fetch(path, init = {}) {
      const token = await accessToken();
      const response = await send(path, init, token);
      return response.status === 401 ? send(path, init, await accessToken(token)) : response;
    },

    async logout() {
      await settled();
      const stored = await storage.read();
      await forget();
      const [refreshToken] = stored?.split(' ') ?? [];
      if (refreshToken !== undefined) await postUntilAnswered('/auth/logout', { refreshToken });
    },
  };
};
