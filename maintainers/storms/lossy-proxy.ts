import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import omit from 'lodash/omit';
import type { Site } from '../helpers/browser-client';
import type { Certificate } from '../helpers/nginx';

/** A proxy that forwards every request, but drops some of the responses. */
export interface LossyProxy extends Site {
  /** Drops each nth response from now on; null drops none. */
  dropEvery(n: number | null): void;
  /** Returns how many responses were dropped so far. */
  dropped(): number;
  stop(): Promise<void>;
}

/** Starts a proxy to a site. It drops a response by closing the connection after the site has answered. */
export const startLossyProxy = async (
  site: Site,
  { keyFile, certificateFile }: Certificate,
): Promise<LossyProxy> => {
  const agent = new Agent({ keepAlive: true, ca: site.certificate });
  let every: number | null = null;
  let responses = 0;
  let dropped = 0;

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method, url, headers } = incoming;
    const upstream = request(`${site.origin}${url}`, { agent, method, headers });
    incoming.pipe(upstream);
    const [response] = (await once(upstream, 'response')) as [IncomingMessage];
    const body = await buffer(response);
    responses += 1;
    if (every !== null && responses % every === 0) {
      dropped += 1;
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(response.statusCode ?? 502, {
      ...omit(response.headers, 'transfer-encoding'),
      'content-length': body.length,
    });
    outgoing.end(body);
  };

  const server = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    (incoming, outgoing) => {
      relay(incoming, outgoing).catch(() => outgoing.destroy());
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The default of nginx. With Node's default of five seconds an idle client could send a request into a
  // connection that is being closed; that response would be lost, but not counted as dropped.
  server.keepAliveTimeout = 75_000;

  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate: site.certificate,
    dropEvery: (n) => {
      every = n;
    },
    dropped: () => dropped,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
