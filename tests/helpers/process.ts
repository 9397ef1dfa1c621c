import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { inject, vi } from 'vitest';
import { createLoggedSecrets } from './logged-secrets';
import { projectRoot } from './paths';
import { startProgram } from './program';
import { PASSWORD } from './users';

/** `strapi start` in a separate process. */
export interface StrapiProcess {
  /** Returns everything that the process has written to stdout and stderr. */
  output(): string;
  /**
   * Resolves to the exit code, or to null when a signal ended the process. Rejects when the output has a
   * secret.
   */
  readonly exited: Promise<number | null>;
  /** Sends SIGTERM, as Docker and Kubernetes do; resolves to the exit code. */
  terminate(): Promise<number | null>;
  /** Sends SIGKILL, and waits until the process has exited. */
  stop(): Promise<void>;
}

/**
 * Creates a folder with the project as it is after `npm run build`, without the admin panel.
 *
 * @param distDir the compiled project
 */
export const createBuiltProject = (distDir = inject('distDir')): string => {
  const folder = path.join(inject('databaseDir'), randomUUID());
  mkdirSync(folder);
  for (const name of ['node_modules', 'package.json', 'public', 'tsconfig.json', 'src']) {
    symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  }
  symlinkSync(distDir, path.join(folder, 'dist'));
  return folder;
};

/**
 * Runs what `npm start` runs, with these environment variables only.
 *
 * @param folder a built project; by default this one, without its admin panel
 */
export const spawnStrapi = (
  environment: Record<string, string>,
  folder = createBuiltProject(),
): StrapiProcess => {
  const program = startProgram(
    process.execPath,
    [path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js'), 'start'],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    },
  );

  const secrets = createLoggedSecrets();
  secrets.addVariables(environment);
  secrets.add('password', PASSWORD);
  const exited = program.exited.then((code) => {
    secrets.assertNoneIn(program.output().split('\n'));
    return code;
  });
  const stop = async (signal: NodeJS.Signals) => {
    await program.stop(signal);
    return exited;
  };

  return {
    output: program.output,
    exited,
    terminate: () => stop('SIGTERM'),
    stop: async () => {
      await stop('SIGKILL');
    },
  };
};

/** Returns a port on which nothing listens. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** A Strapi in a separate process that responds to requests. */
export interface RunningStrapi extends StrapiProcess {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Whether a server answers its health check. */
export const isHealthy = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/_health`).catch(() => null);
  return response?.status === 204;
};

/**
 * Runs what `npm start` runs, on a free port unless `PORT` is set, and waits until it responds.
 *
 * @param folder a built project; by default this one, without its admin panel
 * @throws when the process ends before it responds, with its output
 */
export const startStrapi = async (
  environment: Record<string, string>,
  folder?: string,
): Promise<RunningStrapi> => {
  const port = environment.PORT ?? String(await freePort());
  const strapi = spawnStrapi({ ...environment, PORT: port }, folder);
  const url = `http://127.0.0.1:${port}`;
  const ended = strapi.exited.then((code) => {
    throw new Error(`Strapi ended with code ${code} before it responded:\n${strapi.output()}`);
  });
  try {
    await Promise.race([
      ended,
      vi.waitUntil(() => isHealthy(url), { timeout: 100_000, interval: 200 }),
    ]);
  } catch (error) {
    await strapi.stop();
    throw error;
  }
  return { ...strapi, url };
};
