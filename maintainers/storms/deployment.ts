import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import type { Site } from '../helpers/browser-client';
import { testEnvironment } from '../../tests/helpers/environment';
import { createCertificate, startNginx, type Certificate } from '../helpers/nginx';
import { freePort, startStrapi, type RunningStrapi } from '../../tests/helpers/process';

/** One of several Strapi processes. It keeps its port when it is restarted. */
export interface Instance {
  /** Ends the process with SIGKILL and waits until it has exited. */
  kill(): Promise<void>;
  /** Ends the process with SIGTERM; resolves to its exit code and its output. */
  terminate(): Promise<{ exitCode: number | null; output: string }>;
  /**
   * Starts the process and waits until it answers.
   *
   * @param variables environment variables besides those of the deployment
   */
  start(variables?: Record<string, string>): Promise<void>;
}

/** Several Strapi processes on one database, behind nginx. */
export interface Deployment extends Site {
  readonly certificateFiles: Certificate;
  /** @throws {RangeError} when there are fewer instances */
  instance(index: number): Instance;
  stop(): Promise<void>;
}

const createInstance = async (environment: Record<string, string>) => {
  const port = await freePort();
  let running: RunningStrapi | undefined;
  return {
    port,
    kill: async () => running?.stop(),
    terminate: async () => {
      const exitCode = (await running?.terminate()) ?? null;
      return { exitCode, output: running?.output() ?? '' };
    },
    start: async (variables: Record<string, string> = {}) => {
      running = await startStrapi({ ...environment, ...variables, PORT: String(port) });
    },
  };
};

/**
 * Starts instances in production mode, and nginx in front of them.
 *
 * @param count how many instances
 * @param database the environment variables that select the database
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
    // The first one creates the tables before the others start.
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
