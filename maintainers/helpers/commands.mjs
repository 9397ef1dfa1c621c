import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pickBy from 'lodash/pickBy.js';

const execute = promisify(execFile);
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/** The folder of the starter. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What downloads depend on. npm leaves out silently an optional package that it cannot download. */
const NETWORK = /^(NODE_EXTRA_CA_CERTS|(https?|no)_proxy)$/i;

/** The environment of every command. No variable of this process that configures Strapi is passed on. */
export const environment = {
  ...pickBy(process.env, (_, name) => NETWORK.test(name)),
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  CI: 'true',
  STRAPI_TELEMETRY_DISABLED: 'true',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

export const logStep = (message) => console.log(`\n--- ${message}`);

/** Runs a command to its end, and shows its output. Throws when it fails. */
export const run = (folder, command, ...args) =>
  execFileSync(command, args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

/** Runs a command to its end. Returns its standard output. */
export const output = (folder, command, ...args) =>
  execFileSync(command, args, { cwd: folder, env: environment, encoding: 'utf8' });

/**
 * Runs a command to its end, and shows nothing.
 *
 * @returns its standard output
 * @throws {Error} when it fails; the message has the end of its output
 */
export const runQuietly = async (folder, environment, command, ...args) => {
  try {
    const options = { cwd: folder, env: environment, maxBuffer: LARGEST_OUTPUT };
    return (await execute(command, args, options)).stdout;
  } catch ({ code, signal, stdout = '', stderr = '' }) {
    const lines = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-60).join('\n');
    throw new Error(`${command} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${lines}`);
  }
};

/** Commits all changes in a folder, or makes an empty commit. */
export const commit = (folder, message) => {
  run(folder, 'git', 'add', '-A');
  run(folder, 'git', 'commit', '-q', '--allow-empty', '-m', message);
};

/**
 * Makes an app on SQLite with `create-strapi-app`, in no git repository.
 *
 * @param app its folder, which does not exist
 * @param choices more of its arguments: `--typescript`, `--template`, whether to install
 */
export const createStrapiApp = (app, ...choices) => {
  const creator = path.join(root, 'maintainers', 'node_modules', '.bin', 'create-strapi-app');
  const fixed = ['--skip-cloud', '--no-git-init', '--use-npm', '--dbclient', 'sqlite'];
  run(path.dirname(app), creator, app, ...choices, ...fixed, '--non-interactive');
};
