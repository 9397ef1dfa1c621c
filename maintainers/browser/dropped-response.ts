import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestServer } from '../../tests/helpers/server';

export interface DroppedResponse {
  /** Whether the server has handled the request and the connection was closed instead of a response. */
  readonly isDropped: boolean;
}

/** Drops the response to the next POST to this path: the server handles it, then the connection is closed. */
export const dropNextResponse = (
  { strapi }: Pick<TestServer, 'strapi'>,
  path: string,
): DroppedResponse => {
  const { httpServer } = strapi.server;
  const dropped = { isDropped: false };
  const drop = ({ method, url }: IncomingMessage, response: ServerResponse) => {
    if (method !== 'POST' || url !== path) return;
    httpServer.off('request', drop);
    response.end = () => {
      dropped.isDropped = true;
      response.socket?.destroy();
      return response;
    };
  };
  httpServer.prependListener('request', drop);
  return dropped;
};
