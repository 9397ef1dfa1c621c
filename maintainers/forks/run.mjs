#!/usr/bin/env node
/**
 * Forks the starter as people do, in a temporary folder, and checks that the result is a project of its
 * own that works. Works on what is committed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm run forks -- [--way keep|remove|template|update]… [--quick] [--keep-folder]

Without --way, all four, one after the other:
  keep      npm run adopt, with the photo example
  remove    npm run adopt, without it
  template  npm run adopt -- --template, and create-strapi-app --template with that folder
  update    a fork with own code in all its places merges a change of the extension

Each: npm install, npm run develop until /_health answers, npm run validate (of the template: npm test), and
a search for what should be gone. --quick leaves validate and test out. --keep-folder does not delete the temporary folder.`;

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const WAYS = ['keep', 'remove', 'template', 'update'];
const HEALTH_TIMEOUT = 300_000;

const { values } = parseArgs({
  options: {
    way: { type: 'string', multiple: true, default: WAYS },
    quick: { type: 'boolean', default: false },
    'keep-folder': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const unknown = values.way.filter((way) => !WAYS.includes(way));
if (unknown.length > 0) {
  console.error(`--way knows ${WAYS.join(', ')}; not ${unknown.join(', ')}`);
  process.exit(2);
}

/** What the fork gets of our environment: nothing that configures a Strapi. */
const environment = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  CI: 'true',
  STRAPI_TELEMETRY_DISABLED: 'true',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

const say = (message) => console.log(`\n--- ${message}`);

const run = (folder, command, ...args) =>
  execFileSync(command, args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

const output = (folder, command, ...args) =>
  execFileSync(command, args, { cwd: folder, env: environment, encoding: 'utf8' });

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Runs `npm run develop` until the server answers; throws with its output when it does not. */
const develop = async (folder) => {
  const port = String(await freePort());
  // A process group, so that npm, Strapi and its workers end together.
  const child = spawn('npm', ['run', 'develop'], {
    cwd: folder,
    env: { ...environment, PORT: port, HOST: '127.0.0.1' },
    detached: true,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  try {
    const deadline = Date.now() + HEALTH_TIMEOUT;
    while (Date.now() < deadline && child.exitCode === null) {
      const health = await fetch(`http://127.0.0.1:${port}/_health`).catch(() => null);
      if (health?.status === 204) return;
      await setTimeout(500);
    }
    throw new Error(`npm run develop did not answer /_health:\n${log}`);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  }
};

/** The lines of tracked files in which a word stands, licences and lock files left out. */
const linesWith = (folder, word) => {
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
    // git grep: 1 when nothing was found.
    if (error.status === 1) return '';
    throw error;
  }
};

const requireGone = (folder, word) => {
  const lines = linesWith(folder, word);
  if (lines !== '') throw new Error(`"${word}" is still there:\n${lines}`);
};

/** Every relative link of the Markdown files leads to a file. */
const requireLinks = (folder) => {
  const pages = output(folder, 'git', 'ls-files', '*.md').trim().split('\n');
  const dead = pages.flatMap((page) =>
    [...readFileSync(path.join(folder, page), 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target)
      .filter((target) => !existsSync(path.join(folder, path.dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  if (dead.length > 0) throw new Error(`Dead links:\n${dead.join('\n')}`);
};

const report = (folder) => {
  const files = output(folder, 'git', 'ls-files').trim().split('\n');
  const lines = files
    .filter((file) => !/package-lock\.json$|\.(png|svg)$/.test(file))
    .reduce(
      (sum, file) => sum + readFileSync(path.join(folder, file), 'utf8').split('\n').length - 1,
      0,
    );
  say(`${files.length} files, ${lines} lines without lock files and pictures`);
};

const commit = (folder, message = 'Begin from the starter') => {
  run(folder, 'git', 'add', '-A');
  run(folder, 'git', 'commit', '-q', '-m', message);
};

const adopt = (folder, ...options) => {
  say(`npm run adopt -- ${options.join(' ')}`);
  run(folder, 'npm', 'ci', '--no-audit', '--no-fund');
  run(folder, 'npm', 'run', 'adopt', '--', ...options);
  run(folder, 'npm', 'install', '--no-audit', '--no-fund');
  commit(folder);
};

/** @param check the npm script that has to pass */
const checkApp = async (folder, check) => {
  say('npm run develop');
  await develop(folder);
  if (values.quick) return;
  say(`npm run ${check}`);
  run(folder, 'npm', 'run', check);
};

const project = (way) => async (folder) => {
  const options = ['--name', 'my-api', '--description', 'An API of my own', '--example', way];
  adopt(folder, ...options);
  requireGone(folder, 'maintainers');
  requireGone(folder, 'adopt');
  if (way === 'remove') requireGone(folder, 'photo');
  requireLinks(folder);
  report(folder);
  await checkApp(folder, 'validate');
};

const template = async (folder) => {
  adopt(folder, '--template');
  requireGone(folder, 'maintainers');
  requireLinks(folder);
  rmSync(path.join(folder, 'node_modules'), { recursive: true });
  rmSync(path.join(folder, '.git'), { recursive: true });

  const app = path.join(path.dirname(folder), 'my-app');
  say('create-strapi-app --template');
  const creator = path.join(root, 'maintainers', 'node_modules', '.bin', 'create-strapi-app');
  const choices = ['--skip-cloud', '--no-git-init', '--install', '--use-npm'];
  const database = ['--dbclient', 'sqlite'];
  run(
    path.dirname(folder),
    creator,
    app,
    '--template',
    folder,
    ...choices,
    ...database,
    '--non-interactive',
  );
  await checkApp(app, 'test');
};

/** The files that belong to a project, by docs/your-code.md. */
const OWN = [
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
  for (const file of OWN) {
    appendFileSync(path.join(folder, file), '\n// Code of my own.\n');
  }
  commit(folder, 'Own code');

  say('a change of the extension upstream, merged into the fork');
  const upstream = path.join(path.dirname(folder), 'upstream');
  run(path.dirname(folder), 'git', 'clone', '-q', root, upstream);
  for (const file of ['core/judge.ts', 'index.ts', 'settings/settings.ts', 'http/transport.ts']) {
    appendFileSync(path.join(upstream, extension, file), '\n// A change of the extension.\n');
  }
  commit(upstream, 'A change of the extension');
  run(folder, 'git', 'pull', '-q', '--no-rebase', '--no-edit', upstream, 'HEAD');
  const touched = output(folder, 'git', 'diff', '--name-only', 'HEAD^1', 'HEAD').trim().split('\n');
  const others = touched.filter((file) => !file.startsWith(`${extension}/`));
  if (others.length > 0)
    throw new Error(`The update touched files of the project: ${others.join(', ')}`);
  say(`the update touched ${touched.length} files, all of them in the folder of the extension`);
};

const ways = { keep: project('keep'), remove: project('remove'), template, update };

for (const way of values.way) {
  const parent = mkdtempSync(path.join(tmpdir(), `fork-${way}-`));
  const folder = path.join(parent, 'starter');
  try {
    run(parent, 'git', 'clone', '-q', root, folder);
    await ways[way](folder);
    say(`${way}: passed`);
  } finally {
    if (!values['keep-folder']) rmSync(parent, { recursive: true, force: true });
    else say(`${way}: ${parent}`);
  }
}
