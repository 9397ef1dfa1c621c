import { Agent, request, type RequestOptions } from 'node:https';

/** A server as a browser reaches it, over TLS. */
export interface Site {
  /** For instance `https://127.0.0.1:8443`. */
  readonly origin: string;
  /** The certificate to trust, in PEM format. */
  readonly certificate: string;
}

export interface Answer {
  readonly status: number;
  /** The parsed body; undefined if it is not JSON. */
  readonly body: unknown;
  /** The refresh token in the cookie that this response sets; undefined without one. */
  readonly refreshToken: string | undefined;
}

/** An HTTPS client that keeps cookies like a browser. */
export interface Browser {
  /** Sends a POST request with the site's own `Origin`. Rejects if no complete response arrives. */
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  close(): void;
}

const REFRESH_COOKIE = 'refreshToken';
/** In milliseconds. More than any response takes here. */
const TIMEOUT = 30_000;

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly isCleared: boolean;
}

/** @throws if the cookie is not `HttpOnly` and `Secure` */
const parseSetCookie = (header: string): Cookie => {
  const [pair = '', ...rest] = header.split('; ');
  // Koa writes attribute names in lower case. They are case-insensitive (RFC 6265, section 5.2).
  const attributes = rest.map((attribute) =>
    attribute.replace(/^[^=]+/, (name) => name.toLowerCase()),
  );
  for (const required of ['httponly', 'secure']) {
    if (!attributes.includes(required)) throw new Error(`A cookie without ${required}: ${header}`);
  }
  const equals = pair.indexOf('=');
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    path: attributes.find((attribute) => attribute.startsWith('path='))?.slice(5) ?? '/',
    isCleared: attributes.includes('max-age=0'),
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
 * Creates a client without cookies.
 *
 * @param localAddress the address to send from: 127.0.0.1, or on Linux any other address in 127.0.0.0/8
 */
export const openBrowser = ({ origin, certificate }: Site, localAddress = '127.0.0.1'): Browser => {
  const agent = new Agent({ keepAlive: true, ca: certificate, localAddress });
  const jar = new Map<string, Cookie>();

  const cookieHeader = (path: string): string =>
    [...jar.values()]
      .filter((cookie) => path.startsWith(cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  const storeCookies = (headers: readonly string[]): string | undefined => {
    const cookies = headers.map(parseSetCookie);
    for (const cookie of cookies) {
      if (cookie.isCleared) jar.delete(cookie.name);
      else jar.set(cookie.name, cookie);
    }
    return cookies.find(({ name, isCleared }) => name === REFRESH_COOKIE && !isCleared)?.value;
  };

  const send = (path: string, options: RequestOptions, body: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${origin}${path}`, { agent, timeout: TIMEOUT, ...options });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`No response within ${TIMEOUT} ms`)));
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('error', reject);
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          try {
            const refreshToken = storeCookies(incoming.headers['set-cookie'] ?? []);
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
