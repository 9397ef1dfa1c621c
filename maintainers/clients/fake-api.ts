/** An API behind a fake `fetch`, with one browser in front of it: all tabs share its cookie. */
export interface FakeApi {
  readonly origin: string;
  /** All requests, in order. */
  readonly requests: readonly SentRequest[];
  /** How many requests went to this path. */
  count(path: string): number;
  /** What becomes of the next requests to this path, one each; then it is as usual again. */
  script(path: string, ...answers: ScriptedAnswer[]): void;
  /** What the `Idempotency-Key` of each refresh was, in order. */
  keys(): (string | null)[];
  /** The server ends the session that the cookie is for. */
  endSession(): void;
  /** The browser forgets the cookie. */
  dropCookie(): void;
  /** The server's clock minus the browser's, in milliseconds. */
  clockAhead: number;
  /** How long an access token lives, in milliseconds. */
  lifetime: number;
}

export interface SentRequest {
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  readonly body: string;
}

/**
 * `lost`: done, but the answer never arrives. `hanging`: done, and the connection stays silent.
 * `dead`: there is no network.
 */
export type ScriptedAnswer = 'lost' | 'hanging' | 'dead' | (() => Response);

/** How long an answer takes, in milliseconds. */
export const LATENCY = 20;
/** How long after a rotation the previous token is still answered, in milliseconds. */
export const LEEWAY = 10_000;

const USERS = ['', 'ada', 'bob'];

interface Session {
  readonly userId: number;
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

/** `cookie` is set, or deleted by null, once the response has arrived. */
interface Answer {
  readonly response: Response;
  readonly cookie?: Cookie | null;
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/** A refusal, in Strapi's shape. */
export const refusing = (status: number, message: string, headers: Record<string, string> = {}) =>
  json({ data: null, error: { status, message } }, status, headers);

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Puts a fake API in the place of `fetch`. */
export const createFakeApi = (): FakeApi & { fetch: typeof fetch } => {
  const origin = 'https://api.example.com';
  const requests: SentRequest[] = [];
  const scripts = new Map<string, ScriptedAnswer[]>();
  const issued = new Map<string, { session: Session; expiresAt: number }>();
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

  /** Whether the session goes on: it rotates, repeats or ends, as design section 5 says. */
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

  const routes: Record<string, (request: SentRequest) => Answer> = {
    '/api/auth/local': ({ body }) => {
      const { identifier } = JSON.parse(body) as { identifier: string };
      const userId = USERS.indexOf(identifier);
      if (userId < 1) return { response: refusing(400, 'Invalid identifier or password') };
      const session = { userId, isLive: true, generation: 0, rotatedAt: Date.now(), key: null };
      const user = { id: userId, username: identifier };
      return {
        response: json({ jwt: issue(session), user }),
        cookie: { session, generation: 0 },
      };
    },
    '/api/token/refresh': ({ idempotencyKey }) => {
      if (!cookie) return { response: refusing(400, 'Missing refresh token') };
      const { session } = cookie;
      if (!session.isLive || !rotate(cookie, idempotencyKey)) {
        return { response: refusing(401, 'Invalid refresh token') };
      }
      const { generation } = session;
      return { response: json({ jwt: issue(session) }), cookie: { session, generation } };
    },
    '/api/auth/logout': ({ authorization }) => {
      const session = cookie?.session ?? issued.get(authorization?.slice(7) ?? '')?.session;
      if (!session) return { response: refusing(401, 'Missing authentication') };
      session.isLive = false;
      return { response: json({ ok: true }), cookie: null };
    },
  };

  const protectedRoute = ({ authorization, body }: SentRequest): Answer => {
    if (!authorization) return { response: refusing(403, 'Forbidden') };
    const token = issued.get(authorization.slice(7));
    const isGood = token?.session.isLive && Date.now() + api.clockAhead < token.expiresAt;
    const response = isGood
      ? json({ userId: token.session.userId, body })
      : refusing(401, 'Invalid credentials');
    return { response };
  };

  const never = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });

  const answer = async (sent: SentRequest, signal: AbortSignal): Promise<Response> => {
    const script = scripts.get(sent.path)?.shift();
    await Promise.race([never(signal), new Promise((resolve) => setTimeout(resolve, LATENCY))]);
    if (script === 'dead') throw new TypeError('Failed to fetch');
    if (typeof script === 'function') return script();
    const answered = (routes[sent.path] ?? protectedRoute)(sent);
    if (script === 'lost') throw new TypeError('Failed to fetch');
    if (script === 'hanging') return never(signal);
    if (answered.cookie !== undefined) cookie = answered.cookie;
    return answered.response;
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
    script: (path, ...answers) => void scripts.set(path, answers),
    endSession: () => {
      if (cookie) cookie.session.isLive = false;
    },
    dropCookie: () => {
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
        body: await request.text(),
      };
      requests.push(sent);
      return answer(sent, signal);
    },
  };
  return api;
};
