import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestServer } from '../../tests/helpers/server';

/** What has become of an answer that is to be lost. */
export interface LostAnswer {
  /** Whether the server has done the work, and nobody got to know. */
  readonly isLost: boolean;
}

/** Loses the next answer to a POST: the server does everything, and then the connection breaks. */
export const loseNextAnswer = (
  { strapi }: Pick<TestServer, 'strapi'>,
  path: string,
): LostAnswer => {
  const { httpServer } = strapi.server;
  const lost = { isLost: false };
  const lose = ({ method, url }: IncomingMessage, response: ServerResponse) => {
    if (method !== 'POST' || url !== path) return;
    httpServer.off('request', lose);
    response.end = () => {
      lost.isLost = true;
      response.socket?.destroy();
      return response;
    };
  };
  httpServer.prependListener('request', lose);
  return lost;
};
