import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withVariable } from '../../scripts/env-file.mjs';
import {
  commit,
  createStrapiApp,
  environment,
  output,
  root,
  run,
  runQuietly,
} from '../helpers/commands.mjs';

/** Sets variables in `.env` of an app. */
export const setVariables = (app, variables) => {
  const file = path.join(app, '.env');
  const text = Object.entries(variables).reduce(
    (before, [name, value]) => withVariable(before, name, value),
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, text);
};

/** Runs `npm install`. */
export const installPackages = (app) =>
  runQuietly(app, environment, 'npm', 'install', '--no-audit', '--no-fund');

/** Gives a folder the packages of the starter. */
export const takePackages = (folder) => {
  const packages = path.join(folder, 'node_modules');
  const own = path.join(root, 'node_modules');
  rmSync(packages, { recursive: true, force: true });
  try {
    // Hard links: npm replaces files, and does not write into them. They fail on another file system.
    output(folder, 'cp', '-al', own, packages);
  } catch {
    rmSync(packages, { recursive: true, force: true });
    output(folder, 'cp', '-a', own, packages);
  }
  for (const name of ['.package-lock.json', '.cache', '.strapi', '.vite', '.vite-temp']) {
    rmSync(path.join(packages, name), { recursive: true, force: true });
  }
};

/**
 * Gives an app the packages of the starter, from which `npm install` then makes its own: it keeps those that fit, among
 * them the compiled driver of SQLite, adds the others, and removes what the app does not need. That takes seconds instead
 * of minutes.
 */
const takePackagesForApp = (app) => {
  takePackages(app);
  // The starter's is a link to a choice between two (docs/decisions/0032-two-sqlite-drivers.md).
  const packages = path.join(app, 'node_modules');
  rmSync(path.join(packages, 'better-sqlite3'));
  renameSync(path.join(packages, 'better-sqlite3-12'), path.join(packages, 'better-sqlite3'));
};

/**
 * Makes an app with `create-strapi-app` and adds the code of the folder with its name, which is here. Installs it, and
 * commits.
 *
 * @param parent the folder to make it in
 * @param language `typescript` or `javascript`
 * @param options `{ packages, variables, fromRegistry }`: versions by name; what goes into `.env`; whether all packages come
 * from the registry
 * @returns the folder of the app
 */
export const makeApp = async (parent, language, { packages, variables, fromRegistry }) => {
  const app = path.join(parent, 'my-app');
  createStrapiApp(app, `--${language}`, '--no-install', '--no-example', '--no-run');
  cpSync(fileURLToPath(new URL(language, import.meta.url)), app, { recursive: true });
  setVariables(app, variables);
  for (const [name, range] of Object.entries(packages)) {
    run(app, 'npm', 'pkg', 'set', `dependencies.${name}=${range}`);
  }
  mkdirSync(path.join(app, '.tmp'), { recursive: true });
  if (!fromRegistry) takePackagesForApp(app);
  await installPackages(app);
  run(app, 'git', 'init', '-q');
  commit(app, 'An app');
  return app;
};
