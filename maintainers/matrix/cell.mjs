import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createPostgresDatabase } from '../bench/lib/postgres.mjs';
import { runQuietly as run } from '../helpers/commands.mjs';
import { loadServer } from './load.mjs';
import { installPrograms } from './programs.mjs';

/** What a cell shows, in this order. */
export const STEPS = [
  'install',
  'build',
  'SQLite tests',
  'SQLite load',
  'PostgreSQL tests',
  'PostgreSQL load',
];

/** Copies the last commit of the project into a folder. */
const copyProject = (root, folder) => {
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', 'HEAD'], {
    cwd: root,
    maxBuffer: 256 * 1024 * 1024,
  });
  execFileSync('tar', ['-x'], { cwd: folder, input: archive });
};

/** Sets all packages of Strapi that are pinned together to one version. Returns whether that changes anything. */
const pinStrapi = (app, version) => {
  const file = path.join(app, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const pinned = manifest.dependencies['@strapi/strapi'];
  for (const packages of [manifest.dependencies, manifest.devDependencies]) {
    for (const [name, range] of Object.entries(packages)) {
      if (name.startsWith('@strapi/') && range === pinned) packages[name] = version;
    }
  }
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return pinned !== version;
};

const installArguments = (manager, isLocked) => {
  if (manager === 'npm') return [isLocked ? 'ci' : 'install', '--no-audit', '--no-fund'];
  if (manager === 'pnpm') return ['install', '--no-frozen-lockfile'];
  return ['install', '--non-interactive'];
};

/**
 * Installs, builds, tests and loads the project in a new folder, with one version each of Node.js, Strapi and a package
 * manager.
 *
 * @param cell `{ node, strapi, manager }`
 * @param options `{ root, folder, extent, progress, cleanUp, isKept }`
 * @returns `{ node, strapi, manager, results }` with exact versions; `results` has for each of {@link STEPS} what to
 * show: seconds, a number of requests, `failed` or `not run`
 */
export const runCell = async (cell, { root, folder, extent, progress, cleanUp, isKept }) => {
  const label = `Node ${cell.node}, Strapi ${cell.strapi}, ${cell.manager}`;
  const programs = await installPrograms(path.join(folder, 'programs'), cell.node, cell.manager);
  const { environment } = programs;
  const name = `matrix_${Date.now()}`;
  const app = path.join(folder, name);
  copyProject(root, app);
  const isLocked = !pinStrapi(app, cell.strapi);
  const script = (...args) => run(app, environment, cell.manager, 'run', ...args);

  const steps = {
    install: () => run(app, environment, cell.manager, ...installArguments(cell.manager, isLocked)),
    build: () => script('build'),
    'SQLite tests': () => script('test'),
    'SQLite load': () =>
      loadServer(app, { ...environment, DATABASE_FILENAME: '.tmp/matrix.db' }, extent),
    // The unit tests do not depend on the database.
    'PostgreSQL tests': () =>
      run(
        app,
        { ...environment, TEST_DATABASE: 'postgres' },
        path.join('node_modules', '.bin', 'vitest'),
        'run',
        '--project',
        'http',
      ),
    'PostgreSQL load': async () => {
      const database = await createPostgresDatabase(name, cleanUp);
      // A garbage collection has nothing to show here: the driver of PostgreSQL has no native part.
      const { minutes } = extent;
      return loadServer(app, { ...environment, ...database.environment }, { minutes, requests: 0 });
    },
  };

  const results = Object.fromEntries(STEPS.map((step) => [step, 'not run']));
  for (const step of STEPS) {
    progress(`${label}: ${step}`);
    const started = performance.now();
    try {
      const requests = await steps[step]();
      const seconds = Math.round((performance.now() - started) / 1000);
      results[step] = step.endsWith('load')
        ? `${requests.toLocaleString('en-US')} requests`
        : `${seconds} s`;
    } catch (error) {
      results[step] = 'failed';
      progress(`${label}: ${step} failed\n${error.message}`);
      if (step === 'install' || step === 'build') break;
    }
  }
  if (!isKept) rmSync(app, { recursive: true, force: true });
  return {
    node: programs.node,
    strapi: cell.strapi,
    manager: `${cell.manager} ${programs.manager}`,
    results,
  };
};
