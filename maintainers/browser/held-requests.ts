import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestServer } from '../../tests/helpers/server';

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Holds POST requests to this path until `count` have arrived, and then passes all to the server at once. */
export const holdRequestsUntil = (
  { strapi }: Pick<TestServer, 'strapi'>,
  path: string,
  count: number,
): void => {
  const { httpServer } = strapi.server;
  const handlers = httpServer.listeners('request') as Handler[];
  const handle: Handler = (...request) => {
    for (const handler of handlers) handler.apply(httpServer, request);
  };
  const held: Parameters<Handler>[] = [];

  const hold: Handler = (incoming, outgoing) => {
    if (incoming.method !== 'POST' || incoming.url !== path) {
      handle(incoming, outgoing);
      return;
    }
    held.push([incoming, outgoing]);
    if (held.length < count) return;
    httpServer.removeAllListeners('request');
    for (const handler of handlers) httpServer.on('request', handler);
    for (const request of held) handle(...request);
  };
  httpServer.removeAllListeners('request');
  httpServer.on('request', hold);
};
