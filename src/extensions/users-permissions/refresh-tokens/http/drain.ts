import type { ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Core } from '@strapi/strapi';

/**
 * Lets Strapi finish the requests in flight before it is destroyed: at SIGTERM, SIGINT and a reload of
 * `strapi develop` (design section 6, Limits and clean-up). Strapi alone resets their connections
 * (`destroy` in `@strapi/core/dist/services/server/http-server.js`).
 *
 * It wraps `strapi.destroy()`, because the `destroy` functions of other plugins run before the one of this
 * plugin, and close what a request in flight may need.
 *
 * @param timeout how long to wait for the responses, in milliseconds
 */
export const drainBeforeDestroy = (strapi: Core.Strapi, timeout: number): void => {
  const { httpServer: server } = strapi.server;
  const destroy = strapi.destroy.bind(strapi);
  /** The responses that are not complete, each with a promise that resolves when it is. */
  const responses = new Map<ServerResponse, Promise<void>>();
  let isDraining = false;

  const closeConnectionAfter = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };

  // Before Koa's listener, which may send the headers.
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (isDraining) closeConnectionAfter(response);
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        responses.delete(response);
        resolve();
      });
    });
    responses.set(response, closed);
  });

  const waitForResponses = async (): Promise<void> => {
    while (responses.size > 0) await Promise.all(responses.values());
  };

  const drain = async (): Promise<void> => {
    isDraining = true;
    for (const response of responses.keys()) closeConnectionAfter(response);
    // Reads the requests that have already arrived on idle connections.
    await setImmediate();
    // Refuses new connections, and closes the idle ones.
    server.close();
    if (responses.size > 0) strapi.log.info(`Waiting for ${responses.size} requests in flight`);
    await Promise.race([waitForResponses(), setTimeout(timeout, undefined, { ref: false })]);
    if (responses.size > 0) {
      strapi.log.warn(
        `SHUTDOWN_TIMEOUT is over: ${responses.size} requests did not end and are cut off`,
      );
    }
  };

  strapi.destroy = async () => {
    await drain();
    await destroy();
  };
};
