import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BENCH = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
export const ROOT = path.join(BENCH, '..', '..');

/** Creates a folder for the run inside the project, so that Node finds the project's `node_modules`. */
export const createWorkFolder = (cleanUp) => {
  mkdirSync(path.join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, '.tmp', 'bench-'));
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const compileProject = async (folder) => {
  const distDir = path.join(folder, 'project');
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', ROOT, '--outDir', distDir, '--incremental', 'false', '--noCheck'];
  await promisify(execFile)(process.execPath, [compiler, ...options]);
  return { appDir: ROOT, distDir, refreshPath: '/api/token/refresh' };
};

/** Copies the stock app, then the files of one variant over it. */
const copyVariant = (folder, variant, refreshPath) => {
  const appDir = path.join(folder, variant);
  for (const layer of ['stock', variant]) {
    cpSync(path.join(BENCH, 'variants', layer), appDir, { recursive: true });
  }
  mkdirSync(path.join(appDir, 'public', 'uploads'), { recursive: true });
  return { appDir, distDir: appDir, refreshPath };
};

/** Prepares the four variants. Resolves to `{ appDir, distDir, refreshPath }` by the variant's name. */
export const prepareApps = async (folder) => ({
  project: await compileProject(folder),
  strapi: copyVariant(folder, 'strapi-refresh', '/api/auth/refresh'),
  stateless: copyVariant(folder, 'stateless', '/api/token/refresh'),
  floor: copyVariant(folder, 'floor', '/api/token/refresh'),
});
