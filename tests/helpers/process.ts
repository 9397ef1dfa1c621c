import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { inject, vi } from 'vitest';
import { projectRoot } from './paths';
import { startProgram } from './program';

/** `strapi start` in a process of its own. */
export interface StrapiProcess {
  /** Everything it has written, to either stream. */
  output(): string;
  /** Resolves to the exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

/** A folder that looks like the project after `npm run build`. */
const builtProject = (): string => {
  const folder = path.join(inject('databaseDir'), randomUUID());
  mkdirSync(folder);
  for (const name of ['node_modules', 'package.json', 'public', 'tsconfig.json', 'src']) {
    symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  }
  symlinkSync(inject('distDir'), path.join(folder, 'dist'));
  return folder;
};

/**
 * Runs what `npm start` runs, with these environment variables alone.
 *
 * @param folder a project that is built; without it, this one without its admin panel
 */
export const spawnStrapi = (
  environment: Record<string, string>,
  folder = builtProject(),
): StrapiProcess => {
  const { output, exited, stop } = startProgram(
    process.execPath,
    [path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js'), 'start'],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    },
  );

  return {
    output,
    exited,
    stop: async () => {
      await stop('SIGKILL');
    },
  };
};

/** A port on which nothing listens. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** A Strapi in a process of its own that answers requests. */
export interface RunningStrapi extends StrapiProcess {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
}

const isHealthy = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/_health`).catch(() => null);
  return response?.status === 204;
};

/**
 * Runs what `npm start` runs, on a free port unless `PORT` is given, and waits until it answers.
 *
 * @param folder a project that is built; without it, this one without its admin panel
 * @throws when it ends before that, with what it has written
 */
export const startStrapi = async (
  environment: Record<string, string>,
  folder?: string,
): Promise<RunningStrapi> => {
  const port = environment.PORT ?? String(await freePort());
  const strapi = spawnStrapi({ ...environment, PORT: port }, folder);
  const url = `http://127.0.0.1:${port}`;
  const ended = strapi.exited.then((code) => {
    throw new Error(`Strapi ended with code ${code} before it answered:\n${strapi.output()}`);
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
