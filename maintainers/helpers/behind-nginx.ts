import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import type { Site } from './browser-client';
import { createCertificate, startNginx, type NginxOptions } from './nginx';

/**
 * Runs a function with nginx in front of the servers. nginx terminates TLS.
 *
 * @param upstreams the ports of the servers; nginx balances the requests between them
 * @param run gets the site as browsers reach it
 */
export const behindNginx = async (
  upstreams: readonly number[],
  options: NginxOptions,
  run: (site: Site) => Promise<unknown>,
): Promise<void> => {
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'front-'));
  const certificate = createCertificate(folder);
  const nginx = await startNginx({ folder, certificate, upstreams, ...options });
  try {
    await run(nginx);
  } finally {
    await nginx.stop();
  }
};
