import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import type { Site } from '../helpers/browser-client';
import { testEnvironment } from '../../tests/helpers/environment';
import { createCertificate, startNginx, type Certificate } from '../helpers/nginx';
import { freePort, startStrapi, type RunningStrapi } from '../../tests/helpers/process';

/** One of several Strapi processes. Its address stays the same. */
export interface Instance {
  /** `kill -9`. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it, with these variables besides. Resolves when it answers. */
  start(variables?: Record<string, string>): Promise<void>;
}

/** Strapi processes on one database, behind nginx. */
export interface Deployment extends Site {
  readonly certificateFiles: Certificate;
  /** @throws when there are fewer */
  instance(index: number): Instance;
  stop(): Promise<void>;
}

const createInstance = async (environment: Record<string, string>) => {
  const port = await freePort();
  let running: RunningStrapi | undefined;
  return {
    port,
    kill: async () => running?.stop(),
    start: async (variables: Record<string, string> = {}) => {
      running = await startStrapi({ ...environment, ...variables, PORT: String(port) });
    },
  };
};

/**
 * Starts instances as they run in production, and the proxy before them.
 *
 * @param database the variables that say where the database is
 */
export const startDeployment = async (
  count: number,
  database: Record<string, string>,
): Promise<Deployment> => {
  const environment = {
    ...testEnvironment(),
    NODE_ENV: 'production',
    IS_PROXIED: 'true',
    ...database,
  };
  const instances = await Promise.all(
    Array.from({ length: count }, () => createInstance(environment)),
  );
  const killAll = () => Promise.all(instances.map(({ kill }) => kill()));
  try {
    // One alone makes the tables.
    await instances[0]?.start();
    await Promise.all(instances.slice(1).map(({ start }) => start()));

    const folder = mkdtempSync(path.join(inject('databaseDir'), 'deployment-'));
    const certificateFiles = createCertificate(folder);
    const upstreams = instances.map(({ port }) => port);
    const nginx = await startNginx({ folder, certificate: certificateFiles, upstreams });
    return {
      ...nginx,
      certificateFiles,
      instance: (index) => {
        const instance = instances[index];
        if (!instance) throw new RangeError(`There is no instance ${index}`);
        return instance;
      },
      stop: async () => {
        await nginx.stop();
        await killAll();
      },
    };
  } catch (error) {
    await killAll();
    throw error;
  }
};
