import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pickBy from 'lodash/pickBy.js';

const execute = promisify(execFile);
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/**
 * Runs a command to its end.
 *
 * @returns its standard output
 * @throws {Error} when it fails; the message has the end of its output
 */
export const run = async (folder, environment, command, ...args) => {
  try {
    const options = { cwd: folder, env: environment, maxBuffer: LARGEST_OUTPUT };
    return (await execute(command, args, options)).stdout;
  } catch ({ code, signal, stdout = '', stderr = '' }) {
    const lines = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-60).join('\n');
    throw new Error(`${command} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${lines}`);
  }
};

/** What the downloads of a package manager depend on. An optional package that cannot be downloaded is left out silently. */
const NETWORK = /^(NODE_EXTRA_CA_CERTS|(https?|no)_proxy)$/i;

/** The environment of every command. No variable of this process that configures Strapi is passed on. */
const baseEnvironment = (folders) => ({
  ...pickBy(process.env, (_, name) => NETWORK.test(name)),
  PATH: [...folders, process.env.PATH].join(path.delimiter),
  HOME: process.env.HOME,
  CI: 'true',
  STRAPI_TELEMETRY_DISABLED: 'true',
});

const install = (folder, spec) => {
  mkdirSync(folder, { recursive: true });
  return run(
    folder,
    process.env,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    '.',
    spec,
  );
};

/**
 * Installs a Node.js and a package manager from npm, the Node.js by the package `node`. npm is the one of this machine,
 * run by that Node.js.
 *
 * @param folder where to install them
 * @param node a version or a range, as npm takes it: `24`, `20.19.0`
 * @returns `{ environment, node, manager }`: the environment in which both are found, and their exact versions
 */
export const installPrograms = async (folder, node, manager) => {
  const nodeFolder = path.join(folder, `node-${node}`);
  await install(nodeFolder, `node@${node}`);
  const folders = [path.join(nodeFolder, 'node_modules', 'node', 'bin')];
  if (manager !== 'npm') {
    const managerFolder = path.join(folder, manager);
    await install(managerFolder, manager);
    folders.push(path.join(managerFolder, 'node_modules', '.bin'));
  }
  const environment = baseEnvironment(folders);
  const versionOf = async (program) =>
    (await run(folder, environment, program, '--version')).trim().replace(/^v/, '');
  return { environment, node: await versionOf('node'), manager: await versionOf(manager) };
};
