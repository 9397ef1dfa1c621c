import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, isHealthyWithin } from '../../helpers/local-server.mjs';
import { ROOT } from './apps.mjs';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));
const BOOT = pathOf('../boot.cjs');
const COLLECT_GARBAGE = pathOf('../collect-garbage.cjs');
const STRAPI = path.join(ROOT, 'node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
const BOOT_TIMEOUT = 120_000;
const STOP_TIMEOUT = 10_000;
/** How often a booting server is asked whether it answers; in milliseconds. */
const POLL_INTERVAL = 10;

/**
 * Starts Node in the folder of an app.
 *
 * @param environment its environment variables, besides PATH, HOME and NODE_OPTIONS
 * @param cleanUp gets a step that stops the process
 */
const spawnNode = (args, { appDir, environment, cleanUp, channels = [] }) => {
  const child = spawn(process.execPath, args, {
    cwd: appDir,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS ?? '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...channels],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-10_000);
    });
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
  return { child, stop, output: () => output };
};

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
const waitForPort = ({ child, output }) =>
  new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`A server did not start: ${reason}\n${output()}`));
    const timer = setTimeout(() => fail('timeout'), BOOT_TIMEOUT);
    child.once('exit', (code) => fail(`exit code ${code}`));
    child.once('message', ({ port }) => {
      clearTimeout(timer);
      resolve(port);
    });
  });

const addressOf = (port, { refreshPath, accountPath }) => ({
  url: `http://127.0.0.1:${port}`,
  refreshPath,
  accountPath,
});

/**
 * Starts a Strapi in a process of its own and waits until it listens.
 *
 * @param app `{ appDir, distDir, refreshPath, accountPath }`
 * @param environment its environment variables
 * @param cleanUp gets a step that stops the process
 */
export const startServer = async (app, environment, cleanUp) => {
  const server = spawnNode([BOOT], {
    appDir: app.appDir,
    environment: { ...environment, BENCH_APP: app.appDir, BENCH_DIST: app.distDir },
    cleanUp,
    channels: ['ipc'],
  });
  return {
    ...addressOf(await waitForPort(server), app),
    /**
     * Resolves to `{ statements, cpu, recent }` since the start: SQL statements, milliseconds of processor time, and the
     * last statements with their values.
     */
    usage: createUsage(server.child),
  };
};

/**
 * Starts an app as `npm start` does, and waits for its first response.
 *
 * @returns besides the address, `bootTime` in milliseconds, `stop` and `child`, which collects all garbage at SIGUSR2
 */
export const startCommand = async (app, environment, cleanUp) => {
  const port = await freePort();
  const startedAt = performance.now();
  const { child, stop, output } = spawnNode(
    ['--expose-gc', '--require', COLLECT_GARBAGE, STRAPI, 'start'],
    { appDir: app.appDir, environment: { ...environment, PORT: String(port) }, cleanUp },
  );
  if (!(await isHealthyWithin(port, child, BOOT_TIMEOUT, POLL_INTERVAL))) {
    throw new Error(`A server did not start\n${output()}`);
  }
  return { ...addressOf(port, app), bootTime: performance.now() - startedAt, stop, child };
};
