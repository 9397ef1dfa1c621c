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
import { portOf } from '../../tests/helpers/server';
import type { SuiteServer } from '../../tests/helpers/suite';

/** An HTTP proxy between a client and the server. It records requests and injects faults. */
export interface FakeNetwork {
  /** The URL of the API through the proxy. */
  readonly api: string;
  /** The URL of the server through the proxy, without `/api`. */
  readonly url: string;
  /** The paths of all requests of the current test. */
  readonly paths: readonly string[];
  /** Returns the `Idempotency-Key` of each refresh of the current test, in order. */
  keys(): (string | undefined)[];
  /** Returns the number of refreshes in the current test. */
  refreshes(): number;
  /** Drops the next responses to this path: the server handles the request, then the connection is closed. */
  dropResponses(path: string, count: number): void;
  /** Answers all requests to this path with an error page, without the server. */
  respondWith(path: string, status: number): void;
  /** Holds the next request to this path. Returns a function that passes it to the server. */
  holdNext(path: string): () => void;
  /** Removes all faults. */
  reset(): void;
}

export const REFRESH = '/api/token/refresh';

/** Returns the CORS headers without which a page could not read the status. */
const corsHeaders = ({ headers }: IncomingMessage): OutgoingHttpHeaders => ({
  'Access-Control-Allow-Origin': headers.origin ?? '*',
  'Access-Control-Allow-Credentials': 'true',
});

const sendUpstream = async (incoming: IncomingMessage, port: number, agent: Agent) => {
  const { method, url, headers } = incoming;
  const upstream = request({ agent, host: '127.0.0.1', port, method, path: url, headers });
  incoming.pipe(upstream);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  return { response, body: await buffer(response) };
};

/** Starts the proxy for the server of a test file. Each test begins without faults. */
export const useFakeNetwork = (server: SuiteServer): FakeNetwork => {
  const agent = new Agent({ keepAlive: true });
  const paths: string[] = [];
  const keys: (string | undefined)[] = [];
  const drops = new Map<string, number>();
  const errorStatuses = new Map<string, number>();
  const held = new Map<string, Promise<unknown>>();

  const forward = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    isDropped: boolean,
  ) => {
    const { response, body } = await sendUpstream(incoming, portOf(server), agent);
    if (isDropped) {
      outgoing.destroy();
      return;
    }
    const headers = omit(response.headers, 'transfer-encoding');
    outgoing.writeHead(response.statusCode ?? 502, { ...headers, 'content-length': body.length });
    outgoing.end(body);
  };

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [path = ''] = (incoming.url ?? '').split('?');
    // Do not count CORS preflights, which the browser sends by itself.
    if (incoming.method === 'OPTIONS') return forward(incoming, outgoing, false);

    paths.push(path);
    if (path === REFRESH) keys.push(incoming.headers['idempotency-key']?.toString());
    const status = errorStatuses.get(path);
    if (status !== undefined) {
      outgoing.writeHead(status, corsHeaders(incoming)).end('<h1>Out of order</h1>');
      return;
    }
    const released = held.get(path);
    held.delete(path);
    await released;
    const remaining = drops.get(path) ?? 0;
    drops.set(path, Math.max(0, remaining - 1));
    return forward(incoming, outgoing, remaining > 0);
  };

  const proxy = createServer((incoming, outgoing) => {
    relay(incoming, outgoing).catch(() => outgoing.destroy());
  });
  let url = '';

  beforeAll(async () => {
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  const reset = () => {
    drops.clear();
    errorStatuses.clear();
    held.clear();
  };
  afterEach(() => {
    paths.length = 0;
    keys.length = 0;
    reset();
  });
  afterAll(async () => {
    agent.destroy();
    proxy.closeAllConnections();
    proxy.close();
    await once(proxy, 'close');
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
    dropResponses: (path, count) => drops.set(path, count),
    respondWith: (path, status) => errorStatuses.set(path, status),
    holdNext(path) {
      const gate = new EventEmitter();
      held.set(path, once(gate, 'open'));
      return () => gate.emit('open');
    },
    reset,
  };
};
