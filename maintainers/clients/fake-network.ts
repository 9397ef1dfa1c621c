import { EventEmitter, once } from 'node:events';
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
import type { SuiteServer } from '../../tests/helpers/suite';

/** The line between a client and the server: it counts, and it can be bad. */
export interface FakeNetwork {
  /** Where the API is, for the client. */
  readonly api: string;
  /** Where the server is, for the client. */
  readonly url: string;
  /** The paths of all requests since the test began. */
  readonly paths: readonly string[];
  /** The `Idempotency-Key` of each refresh since the test began, in order. */
  keys(): (string | undefined)[];
  /** How many refreshes have been sent since the test began. */
  refreshes(): number;
  /** The next answers to this path are lost, each after the server has done its work. */
  lose(path: string, count: number): void;
  /** All answers to this path come from a proxy that cannot, or will not, ask the server. */
  breakDown(path: string, status: number): void;
  /** The next request to this path waits before it reaches the server, until what this gives is called. */
  holdNext(path: string): () => void;
  /** The line is good again. */
  repair(): void;
}

export const REFRESH = '/api/token/refresh';

const portOf = (server: SuiteServer): number =>
  (server.strapi.server.httpServer.address() as AddressInfo).port;

/** Without these a page would see a dead network, and no status. */
const readableBy = ({ headers }: IncomingMessage): OutgoingHttpHeaders => ({
  'Access-Control-Allow-Origin': headers.origin ?? '*',
  'Access-Control-Allow-Credentials': 'true',
});

const ask = async (incoming: IncomingMessage, port: number, agent: Agent) => {
  const { method, url, headers } = incoming;
  const upstream = request({ agent, host: '127.0.0.1', port, method, path: url, headers });
  incoming.pipe(upstream);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  return { answer, body: await buffer(answer) };
};

/** Puts a line before the server of a test file. It is good again after each test. */
export const useFakeNetwork = (server: SuiteServer): FakeNetwork => {
  const agent = new Agent({ keepAlive: true });
  const paths: string[] = [];
  const keys: (string | undefined)[] = [];
  const lost = new Map<string, number>();
  const broken = new Map<string, number>();
  const held = new Map<string, Promise<unknown>>();

  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse, isLost: boolean) => {
    const { answer, body } = await ask(incoming, portOf(server), agent);
    if (isLost) {
      outgoing.destroy();
      return;
    }
    const whole = omit(answer.headers, 'transfer-encoding');
    outgoing.writeHead(answer.statusCode ?? 502, { ...whole, 'content-length': body.length });
    outgoing.end(body);
  };

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [path = ''] = (incoming.url ?? '').split('?');
    // A preflight is the browser's, not the client's.
    if (incoming.method === 'OPTIONS') return forward(incoming, outgoing, false);

    paths.push(path);
    if (path === REFRESH) keys.push(incoming.headers['idempotency-key']?.toString());
    const status = broken.get(path);
    if (status !== undefined) {
      outgoing.writeHead(status, readableBy(incoming)).end('<h1>Out of order</h1>');
      return;
    }
    const opened = held.get(path);
    held.delete(path);
    await opened;
    const losses = lost.get(path) ?? 0;
    lost.set(path, Math.max(0, losses - 1));
    return forward(incoming, outgoing, losses > 0);
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
    lost.clear();
    broken.clear();
    held.clear();
  };
  afterEach(() => {
    paths.length = 0;
    keys.length = 0;
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
    keys: () => [...keys],
    refreshes: () => paths.filter((path) => path === REFRESH).length,
    lose: (path, count) => lost.set(path, count),
    breakDown: (path, status) => broken.set(path, status),
    holdNext(path) {
      const gate = new EventEmitter();
      held.set(path, once(gate, 'open'));
      return () => gate.emit('open');
    },
    repair,
  };
};
