import type { TestClock } from '../../tests/helpers/clock';

export interface Page {
  readonly status: number;
  /** The target of a redirect, or null. */
  readonly location: string | null;
  readonly text: string;
}

/** A browser without JavaScript. It keeps cookies until they expire, and does not follow redirects. */
export interface ScriptlessBrowser {
  get(path: string): Promise<Page>;
  /** Submits a form. `origin` is the origin of the page with the form, by default the web server's. */
  submit(path: string, fields: Record<string, string>, origin?: string): Promise<Page>;
  /** Closes the browser and opens it again, without the cookies that have no `Max-Age`. */
  restart(): void;
  /** Returns the values of the cookies that have not expired, by name. */
  cookies(): Record<string, string>;
}

interface Cookie {
  readonly value: string;
  /** Infinity for a cookie that ends with the browser. */
  readonly expiresAt: number;
}

export const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** The address in `X-Forwarded-For`, as from a proxy in front of the web server. */
export const ADDRESS = '203.0.113.7';

/** @throws if the cookie is not `HttpOnly`, `Path=/` and `SameSite=Lax` */
const parseSetCookie = (header: string, now: number): [string, Cookie] => {
  const [pair = '', ...attributes] = header.split('; ');
  for (const required of ['HttpOnly', 'Path=/', 'SameSite=Lax']) {
    if (!attributes.includes(required)) throw new Error(`A cookie without ${required}: ${header}`);
  }
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  const maxAge = attributes.find((attribute) => attribute.startsWith('Max-Age='))?.slice(8);
  return [name, { value, expiresAt: now + Number(maxAge ?? Infinity) * 1000 }];
};

/** Opens a browser without cookies. They expire by the clock of the test server. */
export const openScriptlessBrowser = (origin: string, clock: TestClock): ScriptlessBrowser => {
  const jar = new Map<string, Cookie>();

  const cookies = (): Record<string, string> =>
    Object.fromEntries(
      [...jar]
        .filter(([, { expiresAt }]) => expiresAt > clock.now())
        .map(([name, { value }]) => [name, value]),
    );

  const send = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const cookie = Object.entries(cookies()).map((pair) => pair.join('='));
    const response = await fetch(`${origin}${path}`, {
      ...init,
      redirect: 'manual',
      headers: {
        Accept: 'text/html',
        'User-Agent': USER_AGENT,
        'X-Forwarded-For': ADDRESS,
        Cookie: cookie.join('; '),
        ...init.headers,
      },
    });
    if (!/no-store/.test(response.headers.get('cache-control') ?? '') && response.status < 400) {
      throw new Error(`A response that a shared cache could store: ${path}`);
    }
    for (const header of response.headers.getSetCookie()) {
      jar.set(...parseSetCookie(header, clock.now()));
    }
    const { status, headers } = response;
    return { status, location: headers.get('location'), text: await response.text() };
  };

  return {
    get: send,
    submit: (path, fields, formOrigin = origin) =>
      send(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { Origin: formOrigin },
      }),
    restart() {
      for (const [name, { expiresAt }] of jar) if (expiresAt === Infinity) jar.delete(name);
    },
    cookies,
  };
};
