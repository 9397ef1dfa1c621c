import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LOCK_FILES = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn' };
const CODE = /\.([cm]?js|ts|tsx|jsx)$/;

/** Something about the app or the arguments that the user can change. */
export class Refusal extends Error {}

const git = (folder, ...args) =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Returns the lines of `git status`; null where the app is in no repository. */
const uncommitted = (folder) => {
  try {
    return git(folder, 'status', '--porcelain', '--', '.').trim();
  } catch {
    return null;
  }
};

/** The version that is installed, or else the one in `package.json`. */
const strapiVersion = (folder, manifest) => {
  const installed = path.join(folder, 'node_modules', '@strapi', 'strapi', 'package.json');
  if (existsSync(installed)) return JSON.parse(readFileSync(installed, 'utf8')).version;
  return /\d+\.\d+\.\d+/.exec(manifest.dependencies['@strapi/strapi'])?.[0];
};

/**
 * Looks at a Strapi app.
 *
 * @param folder of the app
 * @returns `{ folder, strapi, isTypeScript, manager, changes, read, find, earlierBlob }`
 * - `strapi` the version
 * - `changes` the lines of `git status`; null without a repository
 * - `read(file)` the text of a file; undefined without one
 * - `find(name)` the path of a code file, given without its extension; undefined without one
 * - `earlierBlob(hash)` the text that git has by this hash; undefined if it has none
 * @throws {Refusal} when it is no Strapi app
 */
export const lookAt = (folder) => {
  const read = (file) => {
    const target = path.join(folder, file);
    return existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  };
  const manifest = JSON.parse(read('package.json') ?? '{}');
  if (!manifest.dependencies?.['@strapi/strapi']) {
    throw new Refusal(`${folder} is no Strapi app: its package.json has no "@strapi/strapi"`);
  }
  const find = (name) => {
    const { dir, base } = path.posix.parse(name);
    const files = existsSync(path.join(folder, dir)) ? readdirSync(path.join(folder, dir)) : [];
    const found = files.find((file) => CODE.test(file) && file.replace(CODE, '') === base);
    return found && path.posix.join(dir, found);
  };
  const lockFile = Object.keys(LOCK_FILES).find((file) => existsSync(path.join(folder, file)));
  return {
    folder,
    strapi: strapiVersion(folder, manifest),
    isTypeScript: existsSync(path.join(folder, 'tsconfig.json')),
    manager: LOCK_FILES[lockFile] ?? 'npm',
    changes: uncommitted(folder),
    read,
    find,
    earlierBlob: (hash) => {
      try {
        return git(folder, 'cat-file', 'blob', hash);
      } catch {
        return undefined;
      }
    },
  };
};
