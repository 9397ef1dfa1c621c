#!/usr/bin/env node
/**
 * Turns a clone of the starter into a new project. Runs once, and removes itself.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import groupBy from 'lodash/groupBy.js';
import prettier from 'prettier';
import { planAdoption } from './plan.mjs';

const HELP = `Usage: npm run adopt -- [options]

Turns this clone into your own project: removes the files of the starter's maintainers, sets name,
version, changelog and README, and keeps the licence of the starter's code. Asks for each option that
is not given.

  --name NAME          name of your project, as npm takes it
  --description TEXT   one sentence about your project
  --example keep|remove
                       keep or remove the photo example: its content type, tests and demo page
  --template           create a template for create-strapi-app instead: keeps the example, asks nothing
  --dry-run            show the changes, and change nothing
  --force              run despite uncommitted changes
  --help               show this text`;

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const NAME = /^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/;

class UsageError extends Error {}

const readOptions = () => {
  const options = {
    name: { type: 'string' },
    description: { type: 'string' },
    example: { type: 'string' },
    template: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
};

const checkName = (name) => {
  if (NAME.test(name) && name.length <= 214) return name;
  throw new UsageError(
    `--name: "${name}" is not a valid npm name: use lower case letters, digits, "-", "_" or "."`,
  );
};

const checkExample = (example) => {
  if (example === 'keep' || example === 'remove') return example;
  throw new UsageError(`--example: "${example}" must be keep or remove`);
};

/** Asks for the options that were not given. */
const ask = async ({ name, description, example }) => {
  const isComplete = [name, description, example].every((value) => value !== undefined);
  if (!isComplete && !process.stdin.isTTY) {
    throw new UsageError(
      'There is no terminal to ask in: give --name, --description and --example',
    );
  }
  const suggested = path.basename(root).toLowerCase();
  const terminal = isComplete
    ? undefined
    : createInterface({ input: process.stdin, output: process.stdout });
  try {
    return {
      name: name ?? ((await terminal.question(`Name (${suggested}): `)).trim() || suggested),
      description: description ?? (await terminal.question('Description: ')).trim(),
      example:
        example ??
        (/^n/i.test(await terminal.question('Keep the photo example? (Y/n): '))
          ? 'remove'
          : 'keep'),
    };
  } finally {
    terminal?.close();
  }
};

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** Returns the files that git tracks or does not ignore. */
const listFiles = () =>
  git('ls-files', '--cached', '--others', '--exclude-standard', '-z')
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(root, file)));

const requireCleanTree = ({ force, 'dry-run': isDry }) => {
  if (force || isDry) return;
  if (git('status', '--porcelain').trim() !== '') {
    throw new UsageError('There are uncommitted changes: commit them first, or use --force');
  }
};

/** Returns the highest folder that is removed as a whole with a file, or else the file's own folder. */
const shownFolder = (file, files, isRemoved) => {
  const parts = file.split('/');
  const folders = parts.slice(0, -1).map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
  const whole = folders.find((folder) =>
    files.filter((one) => one.startsWith(folder)).every(isRemoved),
  );
  return whole ?? folders.at(-1) ?? '';
};

const show = (plan, files) => {
  const isRemoved = (file) => plan.get(file) === null;
  const removed = files.filter(isRemoved);
  const groups = groupBy(removed, (file) => shownFolder(file, files, isRemoved));
  for (const [folder, inFolder] of Object.entries(groups)) {
    const shown =
      inFolder.length > 5 ? `${folder} (${inFolder.length} files)` : inFolder.join(', ');
    console.log(`remove  ${shown}`);
  }
  for (const [file, text] of plan) {
    if (text !== null) console.log(`${files.includes(file) ? 'change' : 'add   '}  ${file}`);
  }
};

/** Formats the new texts as `npm run format` does. */
const formatted = async (plan) => {
  const options = await prettier.resolveConfig(path.join(root, 'package.json'));
  const ignorePath = path.join(root, '.prettierignore');
  const entries = [...plan].map(async ([file, text]) => {
    const filepath = path.join(root, file);
    const { ignored, inferredParser } = await prettier.getFileInfo(filepath, { ignorePath });
    if (text === null || ignored || !inferredParser) return [file, text];
    return [file, await prettier.format(text, { ...options, filepath })];
  });
  return new Map(await Promise.all(entries));
};

const carryOut = (plan) => {
  for (const [file, text] of plan) {
    const target = path.join(root, file);
    if (text === null) {
      rmSync(target);
      continue;
    }
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  // These folders have no files left but ignored ones, such as `node_modules`.
  for (const folder of ['maintainers', '.ci', 'scripts/adopt', 'src/api/photo']) {
    if ([...plan].some(([file, text]) => text === null && file.startsWith(`${folder}/`))) {
      rmSync(path.join(root, folder), { recursive: true, force: true });
    }
  }
};

const NEXT = `
Done. What to do next:

  npm install          updates package-lock.json and node_modules
  npm run develop      creates or completes .env and starts the server
  npm run validate     checks lint, types, tests and build
  git add -A && git commit -m "Begin from the starter"

Your own code: docs/your-code.md.`;

const main = async () => {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return;
  }
  requireCleanTree(options);
  const answers = options.template ? { name: undefined, example: 'keep' } : await ask(options);
  if (!options.template) checkName(answers.name);
  checkExample(answers.example);

  const files = listFiles();
  const plan = planAdoption({
    ...answers,
    isTemplate: options.template,
    files,
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
  });
  show(plan, files);
  if (options['dry-run']) {
    console.log('\nNothing was changed (--dry-run).');
    return;
  }
  carryOut(await formatted(plan));
  console.log(NEXT);
};

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nTry npm run adopt -- --help.`);
  process.exitCode = 2;
}
