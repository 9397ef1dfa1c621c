import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BENCH = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
export const ROOT = path.join(BENCH, '..', '..');

/** What a server of this project needs, besides its packages. */
const PROJECT_PARTS = [
  ...['package.json', 'tsconfig.json', 'favicon.png'],
  ...['config', 'database', 'public', 'src', 'types'],
];

/** What a stock app takes from the compiled project: the example resource, and its permissions. */
const EXAMPLE_PARTS = [
  'src/api',
  'src/index.js',
  'src/extensions/users-permissions/refresh-tokens/strapi/grant-once.js',
];

/** Creates a folder for the run inside the project, so that Node finds the project's `node_modules`. */
export const createWorkFolder = (cleanUp) => {
  mkdirSync(path.join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, '.tmp', 'bench-'));
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const copyProject = (appDir) => {
  for (const part of PROJECT_PARTS) {
    cpSync(path.join(ROOT, part), path.join(appDir, part), { recursive: true });
  }
};

const extractCommit = (appDir, commit) => {
  mkdirSync(appDir, { recursive: true });
  const options = { cwd: ROOT, maxBuffer: 256 * 1024 * 1024 };
  const archive = execFileSync('git', ['archive', commit], options);
  execFileSync('tar', ['-x'], { cwd: appDir, input: archive });
};

/** Compiles a copy of the project, where `strapi start` looks for the result. */
const compile = async (appDir) => {
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const distDir = path.join(appDir, 'dist');
  const options = ['-p', appDir, '--outDir', distDir, '--incremental', 'false', '--noCheck'];
  await promisify(execFile)(process.execPath, [compiler, ...options]);
  return { appDir, distDir, refreshPath: '/api/token/refresh' };
};

/** Copies the stock app, then the example resource, then the files of one variant over it. */
const copyVariant = (folder, variant, { example, ...paths }) => {
  const appDir = path.join(folder, variant);
  const copy = (from, to) => cpSync(from, to, { recursive: true });
  copy(path.join(BENCH, 'variants', 'stock'), appDir);
  for (const part of EXAMPLE_PARTS) copy(path.join(example, part), path.join(appDir, part));
  copy(path.join(BENCH, 'variants', variant), appDir);
  mkdirSync(path.join(appDir, 'public', 'uploads'), { recursive: true });
  return { appDir, distDir: appDir, ...paths };
};

/**
 * Prepares the apps. Resolves to `{ appDir, distDir, refreshPath, accountPath }` by the app's name.
 *
 * @param commit an earlier commit of the project, for the app `before`; without it that app is left out
 */
export const prepareApps = async (folder, commit) => {
  const appDir = path.join(folder, 'project');
  copyProject(appDir);
  const project = await compile(appDir);
  const stock = (variant, refreshPath, accountPath) =>
    copyVariant(folder, variant, { example: project.distDir, refreshPath, accountPath });
  const apps = {
    project,
    strapi: stock('strapi-refresh', '/api/auth/refresh'),
    stateless: stock('stateless', '/api/token/refresh'),
    floor: stock('floor', '/api/token/refresh', '/api/token/check'),
  };
  if (!commit) return apps;
  const beforeDir = path.join(folder, 'before');
  extractCommit(beforeDir, commit);
  return { ...apps, before: await compile(beforeDir) };
};
