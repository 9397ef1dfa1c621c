/** An API behind a fake `fetch`, with one browser in front of it: all tabs share its cookie. */
export interface FakeApi {
  readonly origin: string;
  /** All requests, in order. */
  readonly requests: readonly SentRequest[];
  /** How many requests went to this path. */
  count(path: string): number;
  /** What becomes of the next requests to this path, one each; then it is as usual again. */
  script(path: string, ...answers: ScriptedAnswer[]): void;
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
  readonly body: string;
}

/**
 * `lost`: done, but the answer never arrives. `hanging`: done, and the connection stays silent.
 * `dead`: there is no network.
 */
export type ScriptedAnswer = 'lost' | 'hanging' | 'dead' | (() => Response);

/** How long an answer takes, in milliseconds. */
export const LATENCY = 20;

const USERS = ['', 'ada', 'bob'];

interface Session {
  readonly userId: number;
  isLive: boolean;
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
  let cookie: Session | null = null;
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

  const routes: Record<string, (request: SentRequest) => Response> = {
    '/api/auth/local': ({ body }) => {
      const { identifier } = JSON.parse(body) as { identifier: string };
      const userId = USERS.indexOf(identifier);
      if (userId < 1) return refusing(400, 'Invalid identifier or password');
      cookie = { userId, isLive: true };
      return json({ jwt: issue(cookie), user: { id: userId, username: identifier } });
    },
    '/api/token/refresh': () => {
      if (!cookie) return refusing(400, 'Missing refresh token');
      if (!cookie.isLive) return refusing(401, 'Invalid refresh token');
      return json({ jwt: issue(cookie) });
    },
    '/api/auth/logout': ({ authorization }) => {
      const session = cookie ?? issued.get(authorization?.slice(7) ?? '')?.session;
      if (!session) return refusing(401, 'Missing authentication');
      session.isLive = false;
      cookie = null;
      return json({ ok: true });
    },
  };

  const protectedRoute = ({ authorization, body }: SentRequest): Response => {
    if (!authorization) return refusing(403, 'Forbidden');
    const token = issued.get(authorization.slice(7));
    const isGood = token?.session.isLive && Date.now() + api.clockAhead < token.expiresAt;
    return isGood
      ? json({ userId: token.session.userId, body })
      : refusing(401, 'Invalid credentials');
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
    const response = (routes[sent.path] ?? protectedRoute)(sent);
    if (script === 'lost') throw new TypeError('Failed to fetch');
    return script === 'hanging' ? never(signal) : response;
  };

  const api: FakeApi & { fetch: typeof fetch } = {
    origin,
    requests,
    clockAhead: 0,
    lifetime: 360_000,
    count: (path) => requests.filter((sent) => sent.path === path).length,
    script: (path, ...answers) => void scripts.set(path, answers),
    endSession: () => {
      if (cookie) cookie.isLive = false;
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
        ...{ authorization: headers.get('Authorization'), body: await request.text() },
      };
      requests.push(sent);
      return answer(sent, signal);
    },
  };
  return api;
};
