import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BOOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'boot.cjs');
const BOOT_TIMEOUT = 120_000;
const STOP_TIMEOUT = 10_000;

/** What it has used since it started. */
const createUsage = (child) => {
  let lastId = 0;
  return () =>
    new Promise((resolve) => {
      lastId += 1;
      const id = lastId;
      const take = (message) => {
        if (message.id !== id) return;
        child.off('message', take);
        resolve(message);
      };
      child.on('message', take);
      child.send(id);
    });
};

const portOf = (child, output) =>
  new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`A server did not start: ${why}\n${output()}`));
    const timer = setTimeout(() => fail('it took too long'), BOOT_TIMEOUT);
    child.once('exit', (code) => fail(`exit code ${code}`));
    child.once('message', ({ port }) => {
      clearTimeout(timer);
      resolve(port);
    });
  });

/**
 * Starts a Strapi in a process of its own.
 *
 * @param app what to start: `appDir`, `distDir`, `refreshPath`
 * @param environment all environment variables but a few
 * @param cleanUp stops it in the end
 */
export const startServer = async (app, environment, cleanUp) => {
  const child = spawn(process.execPath, [BOOT], {
    cwd: app.appDir,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS ?? '',
      ...environment,
      BENCH_APP: app.appDir,
      BENCH_DIST: app.distDir,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => written.push(chunk.toString()));
  }
  const exited = once(child, 'exit');

  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  };

  cleanUp.add(stop);

  const port = await portOf(child, () => written.join(''));
  return {
    url: `http://127.0.0.1:${port}`,
    refreshPath: app.refreshPath,
    /** Resolves to the SQL statements and the milliseconds of processor time since the start. */
    usage: createUsage(child),
  };
};
