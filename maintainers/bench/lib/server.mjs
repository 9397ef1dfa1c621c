import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BOOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'boot.cjs');
const BOOT_TIMEOUT = 120_000;
const STOP_TIMEOUT = 10_000;

/** Returns a function that asks a server for its usage since the start. */
const createUsage = (child) => {
  let lastId = 0;
  return () =>
    new Promise((resolve) => {
      lastId += 1;
      const id = lastId;
      const onMessage = (message) => {
        if (message.id !== id) return;
        child.off('message', onMessage);
        resolve(message);
      };
      child.on('message', onMessage);
      child.send(id);
    });
};

/** Resolves to the port of a server once it listens. Rejects with its output when it does not start. */
const waitForPort = (child, output) =>
  new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`A server did not start: ${reason}\n${output()}`));
    const timer = setTimeout(() => fail('timeout'), BOOT_TIMEOUT);
    child.once('exit', (code) => fail(`exit code ${code}`));
    child.once('message', ({ port }) => {
      clearTimeout(timer);
      resolve(port);
    });
  });

/**
 * Starts a Strapi in a process of its own and waits until it listens.
 *
 * @param app `{ appDir, distDir, refreshPath }`
 * @param environment its environment variables, besides PATH, HOME and NODE_OPTIONS
 * @param cleanUp gets a step that stops the process
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
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => output.push(chunk.toString()));
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

  const port = await waitForPort(child, () => output.join(''));
  return {
    url: `http://127.0.0.1:${port}`,
    refreshPath: app.refreshPath,
    /** Resolves to `{ statements, cpu }` since the start: SQL statements, and milliseconds of processor time. */
    usage: createUsage(child),
  };
};
