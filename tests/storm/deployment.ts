import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import type { Site } from '../helpers/browser-client';
import { makeCertificate, startNginx, type Certificate } from '../helpers/nginx';
import { freePort, startStrapi, type RunningStrapi } from '../helpers/process';
import { testEnvironment } from '../helpers/environment';

/** One of several Strapi processes. Its address stays the same. */
export interface Instance {
  /** `kill -9`. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again, with these variables besides. Resolves when it answers. */
  start(variables?: Record<string, string>): Promise<void>;
  /** What it has written since it was started last. */
  output(): string;
}

/** Several Strapi processes on one PostgreSQL database, behind nginx. */
export interface Deployment extends Site {
  readonly instances: readonly [Instance, Instance, Instance];
  readonly certificateFiles: Certificate;
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
    output: () => running?.output() ?? '',
  };
};

/** Starts three instances as they run in production, and the proxy before them. */
export const startDeployment = async (databaseUrl: string): Promise<Deployment> => {
  const folder = mkdtempSync(path.join(inject('databaseDir'), 'deployment-'));
  const environment = {
    ...testEnvironment(),
    NODE_ENV: 'production',
    IS_PROXIED: 'true',
    DATABASE_CLIENT: 'postgres',
    DATABASE_URL: databaseUrl,
  };
  const instances = [
    await createInstance(environment),
    await createInstance(environment),
    await createInstance(environment),
  ] as const;
  const killAll = () => Promise.all(instances.map(({ kill }) => kill()));
  try {
    // One alone makes the tables.
    await instances[0].start();
    await Promise.all(instances.slice(1).map(({ start }) => start()));
    const certificateFiles = makeCertificate(folder);
    const nginx = await startNginx({
      folder,
      certificate: certificateFiles,
      upstreams: instances.map(({ port }) => port),
    });
    return {
      ...nginx,
      instances,
      certificateFiles,
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
