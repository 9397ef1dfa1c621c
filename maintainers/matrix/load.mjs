import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '../bench/lib/client.mjs';
import { createEnvironment } from '../bench/lib/environment.mjs';
import { freePort, isHealthyWithin } from '../helpers/local-server.mjs';

const COLLECT_GARBAGE = fileURLToPath(new URL('collect-garbage.cjs', import.meta.url));
const STRAPI = path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
const CLIENTS = 10;
const REQUESTS_PER_REFRESH = 10;
const BOOT_TIMEOUT = 180_000;

/** Each client reads its account, and refreshes with every tenth request. */
const runClients = async (url, { minutes, requests }) => {
  const end = Date.now() + minutes * 60_000;
  let sent = 0;
  const runOne = async (name) => {
    const client = createClient({ url, refreshPath: '/api/auth/refresh' }, name);
    await client.register();
    await client.login();
    for (let turn = 1; Date.now() < end || sent < requests; turn += 1) {
      await (turn % REQUESTS_PER_REFRESH === 0 ? client.refresh() : client.fetchOwnAccount());
      sent += 1;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => runOne(`matrix-${index}`)));
  return sent;
};

/**
 * Starts the built server as `npm start` does, with a garbage collection every second, and loads it.
 *
 * @param app the folder of the project
 * @param environment of the programs, and of the database
 * @param extent `{ minutes, requests }`: ends when both are reached
 * @returns how many requests were answered; all of them were
 * @throws {Error} at the first request that is not, when the server does not start, or when it does not end with exit
 * code 0 after SIGTERM; the message has the end of its output
 */
export const loadServer = async (app, environment, extent) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn('node', ['--expose-gc', '--require', COLLECT_GARBAGE, STRAPI, 'start'], {
    cwd: app,
    env: { ...createEnvironment(), ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-4000);
    });
  }
  const exited = once(server, 'exit');
  try {
    if (!(await isHealthyWithin(port, server, BOOT_TIMEOUT))) {
      throw new Error('The server did not start');
    }
    const sent = await runClients(url, extent);
    server.kill('SIGTERM');
    const [code, signal] = await exited;
    if (code !== 0) throw new Error(`The server ended with ${signal ?? `exit code ${code}`}`);
    return sent;
  } catch (error) {
    throw new Error(`${error.message}\n${output}`, { cause: error });
  } finally {
    server.kill('SIGKILL');
  }
};
