/** A fake API behind a fake `fetch` of one browser, whose tabs share the cookie. */
export interface FakeApi {
  readonly origin: string;
  /** All requests, in order. */
  readonly requests: readonly SentRequest[];
  /** Counts the requests to this path. */
  count(path: string): number;
  /** Replaces the responses to the next requests to this path, one response per request. */
  script(path: string, ...responses: ScriptedResponse[]): void;
  /** Returns the `Idempotency-Key` of each refresh, in order. */
  keys(): (string | null)[];
  /** Ends the session of the cookie on the server. */
  endSession(): void;
  /** Deletes the cookie in the browser. */
  deleteCookie(): void;
  /** By how much the clock of the server is ahead of the browser's, in milliseconds. */
  clockAhead: number;
  /** The lifetime of an access token, in milliseconds. */
  lifetime: number;
}

export interface SentRequest {
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  /** Whether the refresh token is to come in the body. */
  readonly isBodyTransport: boolean;
  readonly body: string;
}

/**
 * `dropped`: the server handles the request, then the connection breaks.
 * `hanging`: the server handles the request, and sends no response.
 * `offline`: the request does not reach the server.
 */
export type ScriptedResponse = 'dropped' | 'hanging' | 'offline' | (() => Response);

/** The time from a request to its response, in milliseconds. */
export const LATENCY = 20;
/** The leeway after a rotation, in milliseconds. */
export const LEEWAY = 10_000;

const USERS = ['', 'ada', 'bob'];

interface Session {
  readonly userId: number;
  /** The number of the login. */
  readonly startedAs: number;
  isLive: boolean;
  generation: number;
  rotatedAt: number;
  /** The `Idempotency-Key` of the last rotation. */
  key: string | null;
}

/** A refresh token. */
interface Cookie {
  readonly session: Session;
  readonly generation: number;
}

interface Result {
  readonly response: Response;
  /** The cookie that the browser gets with the response; null deletes it. */
  readonly cookie?: Cookie | null;
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/** Creates an error response in Strapi's format. */
export const errorResponse = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
  code?: string,
) => json({ data: null, error: { status, message, details: { code } } }, status, headers);

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Creates a fake API, and the `fetch` that leads to it. */
export const createFakeApi = (): FakeApi & { fetch: typeof fetch } => {
  const origin = 'https://api.example.com';
  const requests: SentRequest[] = [];
  const scripts = new Map<string, ScriptedResponse[]>();
  const issued = new Map<string, { session: Session; expiresAt: number }>();
  const inBodies = new Map<string, Cookie>();
  let cookie: Cookie | null = null;
  let serial = 0;

  const issue = (session: Session): string => {
    const now = Date.now() + api.clockAhead;
    const [iat, exp] = [now, now + api.lifetime].map((time) => Math.floor(time / 1000));
    const claims = {
      id: session.userId,
      iat,
      exp,
      serial: (serial += 1),
      filler: '\u00ff\u00ff>?',
    };
    const token = `e30.${base64(claims)}.signature`;
    issued.set(token, { session, expiresAt: now + api.lifetime });
    return token;
  };

  /** Rotates, repeats or ends the session (design section 5). Returns whether it is still live. */
  const rotate = ({ session, generation }: Cookie, key: string | null): boolean => {
    const now = Date.now();
    const isWithinLeeway = now - session.rotatedAt <= LEEWAY;
    const isPrevious = generation === session.generation - 1;
    if (generation === session.generation) {
      if (generation > 0 && isWithinLeeway) return true;
      Object.assign(session, { generation: generation + 1, rotatedAt: now, key });
      return true;
    }
    session.isLive = isPrevious && (isWithinLeeway || (key !== null && key === session.key));
    return session.isLive;
  };

  const presented = ({ body }: SentRequest): Cookie | null => {
    const { refreshToken } = JSON.parse(body) as { refreshToken?: string };
    return refreshToken ? (inBodies.get(refreshToken) ?? null) : cookie;
  };

  /** Responds with an access token and with the refresh token of the present generation. */
  const respondWithTokens = (sent: SentRequest, session: Session, more: object = {}): Result => {
    const { generation } = session;
    const jwt = issue(session);
    if (!sent.isBodyTransport) {
      return { response: json({ jwt, ...more }), cookie: { session, generation } };
    }
    const refreshToken = `${base64(session.startedAs)}.${generation}`;
    inBodies.set(refreshToken, { session, generation });
    return { response: json({ jwt, refreshToken, ...more }) };
  };

  const startSession = (sent: SentRequest, userId: number): Result => {
    const startedAs = (serial += 1);
    const session = {
      ...{ userId, startedAs, isLive: true, generation: 0, rotatedAt: Date.now(), key: null },
    };
    return respondWithTokens(sent, session, { user: { id: userId, username: USERS[userId] } });
  };

  const sessionOf = ({ authorization }: SentRequest) =>
    issued.get(authorization?.slice(7) ?? '')?.session;

  const routes: Record<string, (request: SentRequest) => Result> = {
    '/api/auth/local': (sent) => {
      const { identifier } = JSON.parse(sent.body) as { identifier: string };
      const userId = USERS.indexOf(identifier);
      if (userId > 0) return startSession(sent, userId);
      const code = 'invalid-credentials';
      return { response: errorResponse(400, 'Invalid identifier or password', {}, code) };
    },
    '/api/auth/change-password': (sent) => {
      const session = sessionOf(sent);
      if (!session?.isLive) return { response: errorResponse(401, 'Invalid credentials') };
      session.isLive = false;
      return startSession(sent, session.userId);
    },
    '/api/auth/fake-provider/callback': (sent) => startSession(sent, 1),
    '/api/token/refresh': (sent) => {
      const token = presented(sent);
      if (!token)
        return {
          response: errorResponse(400, 'Missing refresh token', {}, 'missing-refresh-token'),
        };
      const { session } = token;
      if (session.isLive && rotate(token, sent.idempotencyKey)) {
        return respondWithTokens(sent, session);
      }
      return { response: errorResponse(401, 'Invalid refresh token', {}, 'invalid-refresh-token') };
    },
    '/api/auth/logout': (sent) => {
      const session = presented(sent)?.session ?? sessionOf(sent);
      if (!session) return { response: errorResponse(401, 'Missing authentication') };
      session.isLive = false;
      return { response: json({ ok: true }), cookie: null };
    },
  };

  const protectedRoute = ({ authorization, body }: SentRequest): Result => {
    if (!authorization) return { response: errorResponse(403, 'Forbidden') };
    const token = issued.get(authorization.slice(7));
    const isGood = token?.session.isLive && Date.now() + api.clockAhead < token.expiresAt;
    const response = isGood
      ? json({ id: token.session.userId, username: USERS[token.session.userId], body })
      : errorResponse(401, 'Invalid credentials');
    return { response };
  };

  const never = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });

  const respond = async (sent: SentRequest, signal: AbortSignal): Promise<Response> => {
    const scripted = scripts.get(sent.path)?.shift();
    await Promise.race([never(signal), new Promise((resolve) => setTimeout(resolve, LATENCY))]);
    if (scripted === 'offline') throw new TypeError('Failed to fetch');
    if (typeof scripted === 'function') return scripted();
    const { response, cookie: newCookie } = (routes[sent.path] ?? protectedRoute)(sent);
    if (scripted === 'dropped') throw new TypeError('Failed to fetch');
    if (scripted === 'hanging') return never(signal);
    if (newCookie !== undefined) cookie = newCookie;
    return response;
  };

  const api: FakeApi & { fetch: typeof fetch } = {
    origin,
    requests,
    clockAhead: 0,
    lifetime: 360_000,
    count: (path) => requests.filter((sent) => sent.path === path).length,
    keys: () =>
      requests
        .filter(({ path }) => path === '/api/token/refresh')
        .map(({ idempotencyKey }) => idempotencyKey),
    script: (path, ...responses) => void scripts.set(path, responses),
    endSession: () => {
      if (cookie) cookie.session.isLive = false;
    },
    deleteCookie: () => {
      cookie = null;
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const { method, url, headers, signal } = request;
      const sent = {
        ...{ at: Date.now(), method, url, path: new URL(url).pathname },
        authorization: headers.get('Authorization'),
        idempotencyKey: headers.get('Idempotency-Key'),
        isBodyTransport: headers.get('x-strapi-refresh-cookie') === 'none',
        body: await request.text(),
      };
      requests.push(sent);
      return respond(sent, signal);
    },
  };
  return api;
};
