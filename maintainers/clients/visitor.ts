import type { TestClock } from '../../tests/helpers/clock';

/** What a browser shows and does with an answer. */
export interface Page {
  readonly status: number;
  /** Where a redirect leads, else null. */
  readonly location: string | null;
  readonly text: string;
}

/** A browser at a web server: it keeps cookies until they expire, and follows no redirect by itself. */
export interface Visitor {
  get(path: string): Promise<Page>;
  /** Sends a form of a page of this web server, unless told whose it is. */
  submit(path: string, fields: Record<string, string>, origin?: string): Promise<Page>;
  /** The cookies that it would send now, by name. */
  cookies(): Record<string, string>;
}

interface Cookie {
  readonly value: string;
  readonly expiresAt: number;
}

export const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** As the proxy before a web server would say it. */
export const ADDRESS = '203.0.113.7';

/** @throws for a cookie that a script could read, or that not every page would get */
const parseSetCookie = (line: string, now: number): [string, Cookie] => {
  const [pair = '', ...attributes] = line.split('; ');
  for (const required of ['HttpOnly', 'Path=/', 'SameSite=Lax']) {
    if (!attributes.includes(required)) throw new Error(`A cookie without ${required}: ${line}`);
  }
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  const maxAge = attributes.find((attribute) => attribute.startsWith('Max-Age='))?.slice(8);
  return [name, { value, expiresAt: now + Number(maxAge) * 1000 }];
};

/** Opens a browser with no cookies; its clock is the server's. */
export const openVisitor = (web: string, clock: TestClock): Visitor => {
  const jar = new Map<string, Cookie>();

  const cookies = (): Record<string, string> =>
    Object.fromEntries(
      [...jar]
        .filter(([, { expiresAt }]) => expiresAt > clock.now())
        .map(([name, { value }]) => [name, value]),
    );

  const send = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const cookie = Object.entries(cookies()).map((pair) => pair.join('='));
    const response = await fetch(`${web}${path}`, {
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
      throw new Error(`A proxy might keep this answer for somebody else: ${path}`);
    }
    for (const line of response.headers.getSetCookie()) {
      jar.set(...parseSetCookie(line, clock.now()));
    }
    const { status, headers } = response;
    return { status, location: headers.get('location'), text: await response.text() };
  };

  return {
    get: send,
    submit: (path, fields, origin = web) =>
      send(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { Origin: origin },
      }),
    cookies,
  };
};
