import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { inject } from 'vitest';
import type { Site } from './browser-client';
import { makeCertificate, startNginx, type NginxOptions } from './nginx';
import type { TestServer } from '../../tests/helpers/server';

/** The port that a server in this process listens on. */
export const portOf = ({ strapi }: Pick<TestServer, 'strapi'>): number =>
  (strapi.server.httpServer.address() as AddressInfo).port;

/**
 * Puts nginx, where TLS ends, in front of servers while something runs.
 *
 * @param upstreams the ports of the servers, which take turns
 * @param run gets the site as browsers see it
 */
export const behindNginx = async (
  upstreams: readonly number[],
  options: NginxOptions,
  run: (site: Site) => Promise<unknown>,
): Promise<void> => {
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'front-'));
  const certificate = makeCertificate(folder);
  const nginx = await startNginx({ folder, certificate, upstreams, ...options });
  try {
    await run(nginx);
  } finally {
    await nginx.stop();
  }
};
