import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import omit from 'lodash/omit';
import type { Site } from '../helpers/browser-client';
import type { Certificate } from '../helpers/nginx';

/** A bad line to a site: everything is done there, but some of the answers never arrive. */
export interface CuttingProxy extends Site {
  /** From now on every so many-th answer is lost; null for none. */
  cutEvery(count: number | null): void;
  /** How many answers have been lost. */
  cuts(): number;
  stop(): Promise<void>;
}

/** Starts a proxy that cuts connections once the site has answered in full. */
export const startCuttingProxy = async (
  site: Site,
  { keyFile, certificateFile }: Certificate,
): Promise<CuttingProxy> => {
  const agent = new Agent({ keepAlive: true, ca: site.certificate });
  let every: number | null = null;
  let answers = 0;
  let cuts = 0;

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method, url, headers } = incoming;
    const upstream = request(`${site.origin}${url}`, { agent, method, headers });
    incoming.pipe(upstream);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const body = await buffer(answer);
    answers += 1;
    if (every !== null && answers % every === 0) {
      cuts += 1;
      outgoing.destroy();
      return;
    }
    const headersOfWhole = omit(answer.headers, 'transfer-encoding');
    outgoing.writeHead(answer.statusCode ?? 502, {
      ...headersOfWhole,
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
  // As nginx has it. With Node's five seconds an idle client would now and then send its next
  // request into a connection that is just being closed, and that is not one of the cuts.
  server.keepAliveTimeout = 75_000;

  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate: site.certificate,
    cutEvery: (count) => {
      every = count;
    },
    cuts: () => cuts,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
