import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import omit from 'lodash/omit';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { SuiteServer } from '../helpers/suite';

/** The line between a client and the server: it counts, and it can be bad. */
export interface Line {
  /** Where the API is, for the client. */
  readonly api: string;
  /** Where the server is, for the client. */
  readonly url: string;
  /** The paths of all requests since the test began. */
  readonly paths: readonly string[];
  /** How many refreshes have been sent since the test began. */
  refreshes(): number;
  /** The next answers to this path are lost, each after the server has done its work. */
  lose(path: string, count: number): void;
  /** All answers to this path come from a proxy that cannot, or will not, ask the server. */
  breakDown(path: string, status: number): void;
  /** The line is good again. */
  repair(): void;
}

export const REFRESH = '/api/token/refresh';

const portOf = (server: SuiteServer): number =>
  (server.strapi.server.httpServer.address() as AddressInfo).port;

const ask = async (incoming: IncomingMessage, port: number, agent: Agent) => {
  const { method, url, headers } = incoming;
  const upstream = request({ agent, host: '127.0.0.1', port, method, path: url, headers });
  incoming.pipe(upstream);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  return { answer, body: await buffer(answer) };
};

/**
 * Puts a line before the server of a test file. It is good again after each test.
 *
 * @param headers what a request gets on its way, as from a reverse proxy
 */
export const useLine = (server: SuiteServer, headers: OutgoingHttpHeaders = {}): Line => {
  const agent = new Agent({ keepAlive: true });
  const paths: string[] = [];
  const losses = new Map<string, number>();
  const broken = new Map<string, number>();

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [path = ''] = (incoming.url ?? '').split('?');
    // A preflight is the browser's, not the client's.
    if (incoming.method !== 'OPTIONS') paths.push(path);
    const status = broken.get(path);
    if (status !== undefined) {
      outgoing.writeHead(status, { 'Retry-After': '1' }).end('<h1>Out of order</h1>');
      return;
    }
    Object.assign(incoming.headers, headers);
    const { answer, body } = await ask(incoming, portOf(server), agent);
    const left = incoming.method === 'OPTIONS' ? 0 : (losses.get(path) ?? 0);
    if (left > 0) {
      losses.set(path, left - 1);
      outgoing.destroy();
      return;
    }
    const whole = omit(answer.headers, 'transfer-encoding');
    outgoing.writeHead(answer.statusCode ?? 502, { ...whole, 'content-length': body.length });
    outgoing.end(body);
  };

  const line = createServer((incoming, outgoing) => {
    relay(incoming, outgoing).catch(() => outgoing.destroy());
  });
  let url = '';

  beforeAll(async () => {
    line.listen(0, '127.0.0.1');
    await once(line, 'listening');
    url = `http://127.0.0.1:${(line.address() as AddressInfo).port}`;
  });
  const repair = () => {
    losses.clear();
    broken.clear();
  };
  afterEach(() => {
    paths.length = 0;
    repair();
  });
  afterAll(async () => {
    agent.destroy();
    line.closeAllConnections();
    line.close();
    await once(line, 'close');
  });

  return {
    get api() {
      return `${url}/api`;
    },
    get url() {
      return url;
    },
    paths,
    refreshes: () => paths.filter((path) => path === REFRESH).length,
    lose: (path, count) => losses.set(path, count),
    breakDown: (path, status) => broken.set(path, status),
    repair,
  };
};
