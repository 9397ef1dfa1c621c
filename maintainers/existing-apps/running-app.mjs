import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { environment } from '../helpers/commands.mjs';
import { freePort, isHealthyWithin } from '../helpers/local-server.mjs';

const BOOT_TIMEOUT = 180_000;
const SHUTDOWN_TIMEOUT = 30_000;

/** Checks the status of a response, and returns the response. */
export const expectStatus = (response, status = 200) => {
  assert.equal(response.status, status, JSON.stringify(response.body));
  return response;
};

const createCall =
  (port) =>
  async (method, address, { body, token, cookie, origin } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${address}`, {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(cookie && { Cookie: cookie }),
        ...(origin && { Origin: origin }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text && JSON.parse(text),
      /** What a browser sends back, as `name=value`, without cookies that were cleared. */
      cookies: response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .filter((pair) => !pair.endsWith('=')),
    };
  };

/**
 * Starts the built app (`strapi start`), and ends it after use.
 *
 * @param app its folder
 * @param variables of its environment, besides those of `.env`
 * @param use gets `{ port, call, log }`: `call(method, address, { body, token, cookie, origin })` resolves to
 * `{ status, body, cookies }`, and `log()` returns what the app has logged so far
 * @returns what `use` returns
 * @throws {Error} when the app does not start, `use` fails, or the app does not end by itself; with its log
 */
export const withRunningApp = async (app, variables, use) => {
  const port = await freePort();
  const strapi = path.join('node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
  const server = spawn('node', [strapi, 'start'], {
    cwd: app,
    env: { ...environment, ...variables, HOST: '127.0.0.1', PORT: String(port) },
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (log += data));
  const exited = once(server, 'exit');
  try {
    assert.ok(await isHealthyWithin(port, server, BOOT_TIMEOUT), 'the app does not start');
    const result = await use({ port, call: createCall(port), log: () => log });
    server.kill('SIGTERM');
    const ended = await Promise.race([exited, pause(SHUTDOWN_TIMEOUT, [], { ref: false })]);
    assert.deepEqual(ended, [0, null], 'the app does not end by itself');
    return result;
  } catch (error) {
    throw new Error(`${error.message}\n\nThe log of the app:\n${log}`, { cause: error });
  } finally {
    server.kill('SIGKILL');
  }
};
