import { spawn } from 'node:child_process';
import path from 'node:path';
import { vi } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';
import { freePort } from '../../tests/helpers/process';

/** A built recipe for a web server. */
export interface WebRecipe {
  readonly name: string;
  readonly paths: { readonly login: string; readonly logout: string };
  /** The arguments of `node`. */
  args(port: number): string[];
  environment(port: number): Record<string, string>;
}

export const nextRecipe: WebRecipe = {
  name: 'Next.js',
  paths: { login: '/session', logout: '/session/end' },
  args: (port) => [
    'node_modules/next/dist/bin/next',
    ...['start', 'nextjs', '--hostname', '127.0.0.1', '--port', String(port)],
  ],
  environment: () => ({ NEXT_TELEMETRY_DISABLED: '1' }),
};

export const svelteRecipe: WebRecipe = {
  name: 'SvelteKit',
  paths: { login: '/login', logout: '/profile?/logout' },
  args: () => ['sveltekit/build/index.js'],
  environment: (port) => ({
    HOST: '127.0.0.1',
    PORT: String(port),
    ORIGIN: `http://127.0.0.1:${port}`,
    ADDRESS_HEADER: 'x-forwarded-for',
  }),
};

const isReady = async (url: string): Promise<boolean> => {
  const headers = { 'X-Forwarded-For': '127.0.0.1' };
  const response = await fetch(`${url}/login`, { headers }).catch(() => null);
  return response?.status === 200;
};

/**
 * Starts a recipe in its own process, and waits until it responds.
 *
 * @param strapi the URL of Strapi, without `/api`
 * @throws with the output of the process if it exits before it responds
 */
export const startWebServer = async (recipe: WebRecipe, strapi: string) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, recipe.args(port), {
    cwd: path.join(projectRoot, 'examples', 'recipes'),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      STRAPI_URL: strapi,
      RETRY_KEY_SECRET: 'a secret that all processes of the web server share',
      ...recipe.environment(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  }
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const exitedEarly = exited.then(() => {
    throw new Error(`${recipe.name} exited before it responded:\n${output.join('')}`);
  });
  try {
    await Promise.race([
      exitedEarly,
      vi.waitUntil(() => isReady(url), { timeout: 60_000, interval: 100 }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  exitedEarly.catch(() => undefined);
  return { url, stop };
};
