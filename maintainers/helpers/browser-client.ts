import { Agent, request, type RequestOptions } from 'node:https';

/** A server as a browser reaches it: over TLS, by one name. */
export interface Site {
  /** As a browser sends it in `Origin`: `https://127.0.0.1:8443`. */
  readonly origin: string;
  /** The certificate to trust, in PEM. */
  readonly certificate: string;
}

export interface Answer {
  readonly status: number;
  /** The parsed JSON, or undefined where the answer is none. */
  readonly body: unknown;
  /** The refresh token that this answer set, or undefined. */
  readonly refreshToken: string | undefined;
}

/** One browser: its tabs share the connections and the cookies. */
export interface Browser {
  /** Sends a page's request. Rejects when no whole answer comes back. */
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  close(): void;
}

const REFRESH_COOKIE = 'refreshToken';
/** Longer than any server here takes to answer. */
const TIMEOUT = 30_000;

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly isOver: boolean;
}

/** @throws when a script could read the cookie, or when it could travel in the clear */
const parseSetCookie = (line: string): Cookie => {
  const [pair = '', ...rest] = line.split('; ');
  // Koa writes the names of attributes in lower case, and RFC 6265 knows no difference.
  const attributes = rest.map((attribute) =>
    attribute.replace(/^[^=]+/, (name) => name.toLowerCase()),
  );
  for (const required of ['httponly', 'secure']) {
    if (!attributes.includes(required)) throw new Error(`A cookie without ${required}: ${line}`);
  }
  const equals = pair.indexOf('=');
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    path: attributes.find((attribute) => attribute.startsWith('path='))?.slice(5) ?? '/',
    isOver: attributes.includes('max-age=0'),
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Opens a browser with no cookies.
 *
 * @param localAddress the address that it calls from: 127.0.0.1, or on Linux any other that begins with 127
 */
export const openBrowser = ({ origin, certificate }: Site, localAddress = '127.0.0.1'): Browser => {
  const agent = new Agent({ keepAlive: true, ca: certificate, localAddress });
  const jar = new Map<string, Cookie>();

  const cookieHeader = (path: string): string =>
    [...jar.values()]
      .filter((cookie) => path.startsWith(cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  const keep = (lines: readonly string[]): string | undefined => {
    const cookies = lines.map(parseSetCookie);
    for (const cookie of cookies) {
      if (cookie.isOver) jar.delete(cookie.name);
      else jar.set(cookie.name, cookie);
    }
    return cookies.find(({ name, isOver }) => name === REFRESH_COOKIE && !isOver)?.value;
  };

  const send = (path: string, options: RequestOptions, body: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${origin}${path}`, { agent, timeout: TIMEOUT, ...options });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`No answer in ${TIMEOUT} ms`)));
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('error', reject);
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          try {
            const refreshToken = keep(incoming.headers['set-cookie'] ?? []);
            const text = Buffer.concat(chunks).toString();
            resolve({ status: incoming.statusCode ?? 0, body: parseJson(text), refreshToken });
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      outgoing.end(body);
    });

  return {
    post(path, body, more = {}) {
      const text = body ? JSON.stringify(body) : '';
      const headers = {
        Origin: origin,
        Cookie: cookieHeader(path),
        'Content-Length': Buffer.byteLength(text),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...more,
      };
      return send(path, { method: 'POST', headers }, text);
    },
    get(path, headers = {}) {
      return send(path, { headers: { Cookie: cookieHeader(path), ...headers } }, '');
    },
    close: () => agent.destroy(),
  };
};
