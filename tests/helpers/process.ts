import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { projectRoot } from './paths';

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

/** Runs what `npm start` runs, with these environment variables alone. */
export const spawnStrapi = (environment: Record<string, string>): StrapiProcess => {
  const child = spawn(
    process.execPath,
    [path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js'), 'start'],
    {
      cwd: builtProject(),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  }
  const exited = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });

  return {
    output: () => written.join(''),
    exited,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
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
