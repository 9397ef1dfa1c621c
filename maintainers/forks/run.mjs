#!/usr/bin/env node
/**
 * Forks the starter in a temporary folder, in each of the ways that the documents describe, and checks that the result is
 * an independent project that works. Uses the last commit, not the working tree.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseOptions } from '../../scripts/parse-options.mjs';
import {
  commit,
  createStrapiApp,
  environment,
  logStep,
  output,
  root,
  run,
} from '../helpers/commands.mjs';
import { freePort, isHealthyWithin } from '../helpers/local-server.mjs';

const HELP = `Usage: npm run forks -- [--way keep|remove|template|update]… [--quick] [--keep-folder]

Without --way, all four, one after the other:
  keep      npm run adopt, with the photo example
  remove    npm run adopt, without the photo example
  template  npm run adopt -- --template, then create-strapi-app --template with the result
  update    a fork that has changed each of its own files merges a change of the extension

The first three run npm install, search for mentions of what was deleted and for dead links, run npm run develop
until /_health answers, and then npm run validate (template: npm test). update only checks that the merge has no
conflict and changes no file of the project.

  --quick        leaves out npm run validate and npm test
  --keep-folder  does not delete the temporary folder
  --help         prints this text`;

const WAYS = ['keep', 'remove', 'template', 'update'];
const HEALTH_TIMEOUT = 300_000;

const values = parseOptions(HELP, {
  way: { type: 'string', multiple: true, default: WAYS },
  quick: { type: 'boolean' },
  'keep-folder': { type: 'boolean' },
});
const unknown = values.way.filter((way) => !WAYS.includes(way));
if (unknown.length > 0) {
  console.error(`--way accepts ${WAYS.join(', ')}, not ${unknown.join(', ')}`);
  process.exit(2);
}

/** Runs `npm run develop` until the server answers. Rejects with its output when it does not. */
const runDevelop = async (folder) => {
  const port = String(await freePort());
  // In a process group of its own, so that npm, Strapi and its workers can be ended together.
  const child = spawn('npm', ['run', 'develop'], {
    cwd: folder,
    env: { ...environment, PORT: port, HOST: '127.0.0.1' },
    detached: true,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  try {
    if (await isHealthyWithin(port, child, HEALTH_TIMEOUT)) return;
    throw new Error(`npm run develop did not answer /_health:\n${log}`);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  }
};

/** Returns the lines of tracked files that contain a word, except in licences and lock files. */
const findLines = (folder, word) => {
  try {
    return output(
      folder,
      'git',
      'grep',
      '-iIn',
      word,
      '--',
      '.',
      ':!package-lock.json',
      ':!LICENSE*',
    );
  } catch (error) {
    // git grep exits with 1 when it finds nothing.
    if (error.status === 1) return '';
    throw error;
  }
};

const expectNoMention = (folder, word) => {
  const lines = findLines(folder, word);
  if (lines !== '') throw new Error(`"${word}" is still mentioned:\n${lines}`);
};

/** Throws when a relative link in a Markdown file leads to no file. */
const expectNoDeadLinks = (folder) => {
  const pages = output(folder, 'git', 'ls-files', '*.md').trim().split('\n');
  const dead = pages.flatMap((page) =>
    [...readFileSync(path.join(folder, page), 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target)
      .filter((target) => !existsSync(path.join(folder, path.dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  if (dead.length > 0) throw new Error(`Dead links:\n${dead.join('\n')}`);
};

const logSize = (folder) => {
  const files = output(folder, 'git', 'ls-files').trim().split('\n');
  const lines = files
    .filter((file) => !/package-lock\.json$|\.(png|svg)$/.test(file))
    .reduce(
      (sum, file) => sum + readFileSync(path.join(folder, file), 'utf8').split('\n').length - 1,
      0,
    );
  logStep(`${files.length} files, ${lines} lines without lock files and images`);
};

const adopt = (folder, ...options) => {
  logStep(`npm run adopt -- ${options.join(' ')}`);
  run(folder, 'npm', 'ci', '--no-audit', '--no-fund');
  run(folder, 'npm', 'run', 'adopt', '--', ...options);
  run(folder, 'npm', 'install', '--no-audit', '--no-fund');
  commit(folder, 'Begin from the starter');
};

/** Boots the app and runs an npm script, which has to pass. */
const checkApp = async (folder, check) => {
  logStep('npm run develop');
  await runDevelop(folder);
  if (values.quick) return;
  logStep(`npm run ${check}`);
  run(folder, 'npm', 'run', check);
};

const adoptedProject = (way) => async (folder) => {
  const options = ['--name', 'my-api', '--description', 'An API of my own', '--example', way];
  adopt(folder, ...options);
  expectNoMention(folder, 'maintainers');
  expectNoMention(folder, 'run adopt');
  expectNoMention(folder, 'scripts/adopt');
  if (way === 'remove') expectNoMention(folder, 'photo');
  expectNoDeadLinks(folder);
  logSize(folder);
  await checkApp(folder, 'validate');
};

const template = async (folder) => {
  adopt(folder, '--template');
  expectNoMention(folder, 'maintainers');
  expectNoDeadLinks(folder);
  rmSync(path.join(folder, 'node_modules'), { recursive: true });
  rmSync(path.join(folder, '.git'), { recursive: true });

  const app = path.join(path.dirname(folder), 'my-app');
  logStep('create-strapi-app --template');
  createStrapiApp(app, '--template', folder, '--install');
  await checkApp(app, 'test');
};

/** The files that belong to the project and not to the extension: see docs/your-code.md. */
const PROJECT_FILES = [
  'src/extensions/users-permissions/strapi-server.ts',
  'src/index.ts',
  'src/admin/app.tsx',
  ...['admin', 'api', 'database', 'middlewares', 'plugins', 'server'].map(
    (name) => `config/${name}.ts`,
  ),
];

const update = async (folder) => {
  const extension = 'src/extensions/users-permissions/refresh-tokens';
  adopt(folder, '--name', 'my-api', '--description', 'An API', '--example', 'keep');
  for (const file of PROJECT_FILES) {
    appendFileSync(path.join(folder, file), '\n// Code of the project.\n');
  }
  commit(folder, 'Code of the project');

  logStep('merge a change of the extension into the fork');
  const upstream = path.join(path.dirname(folder), 'upstream');
  run(path.dirname(folder), 'git', 'clone', '-q', root, upstream);
  for (const file of ['core/judge.ts', 'index.ts', 'settings/settings.ts', 'http/transport.ts']) {
    appendFileSync(path.join(upstream, extension, file), '\n// A change of the extension.\n');
  }
  commit(upstream, 'A change of the extension');
  run(folder, 'git', 'pull', '-q', '--no-rebase', '--no-edit', upstream, 'HEAD');
  const changed = output(folder, 'git', 'diff', '--name-only', 'HEAD^1', 'HEAD').trim().split('\n');
  const others = changed.filter((file) => !file.startsWith(`${extension}/`));
  if (others.length > 0)
    throw new Error(`The update changed files of the project: ${others.join(', ')}`);
  logStep(`the update changed ${changed.length} files, all in the folder of the extension`);
};

const ways = { keep: adoptedProject('keep'), remove: adoptedProject('remove'), template, update };

for (const way of values.way) {
  const parent = mkdtempSync(path.join(tmpdir(), `fork-${way}-`));
  const folder = path.join(parent, 'starter');
  try {
    run(parent, 'git', 'clone', '-q', root, folder);
    await ways[way](folder);
    logStep(`${way}: passed`);
  } finally {
    if (!values['keep-folder']) rmSync(parent, { recursive: true, force: true });
    else logStep(`${way}: ${parent}`);
  }
}
