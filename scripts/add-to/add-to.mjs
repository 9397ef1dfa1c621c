#!/usr/bin/env node
/** Brings the extension into a Strapi app, or a newer version of it: see HELP. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import groupBy from 'lodash/groupBy.js';
import { loadSettings } from '../load-settings.mjs';
import { parseOptions } from '../parse-options.mjs';
import { lookAt, Refusal } from './look-at.mjs';
import { planAddition } from './plan.mjs';
import { changesSince } from './update.mjs';

const HELP = `Usage: npm run add-to -- FOLDER [options]

Brings sessions and refresh tokens into the Strapi app in FOLDER, which may be in TypeScript or JavaScript. Looks at it
first, shows what it would change, and asks. Run again, it changes nothing.

  --update    replace what an earlier version has brought, and merge your changes of it
  --no-admin  without the pages of the admin panel
  --dry-run   show the changes as a diff, and make none
  --yes       ask nothing
  --force     run despite uncommitted changes, and with a version of Strapi that was not tested
  --help      show this text

Exits with 0 when all is done, 1 when something is left to do by hand, 2 when it refuses.`;

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Throws when the app is in a state in which a change could do harm. */
const refuse = ({ strapi, changes }, { force, 'dry-run': isDry }) => {
  if (force) return;
  const { OLDEST_STRAPI, TESTED_STRAPI, isOlder } = loadSettings('strapi-version');
  if (!strapi || isOlder(strapi, OLDEST_STRAPI) || isOlder(TESTED_STRAPI, strapi)) {
    throw new Refusal(
      `The app has Strapi ${strapi ?? 'of an unknown version'}; tested were ${OLDEST_STRAPI} to ${TESTED_STRAPI}. Upgrade it, or use --force`,
    );
  }
  if (isDry) return;
  if (changes === null) {
    throw new Refusal(
      'The app is in no git repository, so a change could not be undone: use --force',
    );
  }
  if (changes !== '') {
    throw new Refusal(`The app has uncommitted changes: commit them, or use --force\n${changes}`);
  }
};

/** Shows the texts before and after as git does. */
const showDiff = (app, file, after) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'add-to-'));
  try {
    for (const [side, text] of Object.entries({ a: app.read(file) ?? '', b: after ?? '' })) {
      mkdirSync(path.join(folder, side, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, side, file), text);
    }
    const paths = [`a/${file}`, `b/${file}`];
    execFileSync('git', ['diff', '--no-index', '--no-prefix', ...paths], { cwd: folder });
  } catch (error) {
    // It exits with 1 when the two differ.
    if (error.status !== 1) throw error;
    console.log(String(error.stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Shows which files change, and what else there is to know. */
const show = (app, { writes, notes, files }) => {
  const kind = (file, text) => {
    if (text === null) return 'remove';
    return app.read(file) === undefined ? 'add   ' : 'change';
  };
  const brought = [...writes].filter(([file]) => files.has(file));
  const byKind = groupBy(brought, ([file, text]) => kind(file, text));
  for (const [name, entries] of Object.entries(byKind)) {
    if (entries.length > 10) console.log(`${name}  ${entries.length} files of the extension`);
    else for (const [file] of entries) console.log(`${name}  ${file}`);
  }
  for (const [file, text] of writes) {
    if (!files.has(file)) console.log(`${kind(file, text)}  ${file}`);
  }
  if (notes.length > 0) console.log(`\n${notes.map((note) => `- ${note}`).join('\n')}`);
};

const showDiffs = (app, { writes, files }) => {
  console.log('');
  for (const [file, text] of writes) {
    // .env has secrets. What is added as it is would be thousands of lines.
    const isShown = file !== '.env' && (!files.has(file) || app.read(file) !== undefined);
    if (isShown) showDiff(app, file, text);
  }
};

const carryOut = ({ folder }, writes) => {
  for (const [file, text] of writes) {
    const target = path.join(folder, file);
    if (text === null) {
      rmSync(target);
    } else {
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }
};

const isAgreed = async () => {
  if (!process.stdin.isTTY) throw new Refusal('There is no terminal to ask in: use --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return !/^n/i.test(await terminal.question('\nGo ahead? (Y/n) '));
  } finally {
    terminal.close();
  }
};

const showByHand = (byHand) => {
  if (byHand.length === 0) return;
  console.log('\nLeft to do by hand:');
  for (const { file, text } of byHand) console.log(`\n${file}\n${text.replace(/^(?=.)/gm, '  ')}`);
};

const nextSteps = ({ manager }, { notes }) => `
Done. What to do next:

  ${manager} install
  ${manager} run build
${notes.some((note) => note.startsWith('.env:')) ? '\nSet in your deployment what .env has now.' : ''}
So that nobody has to log in again, and what clients may notice: docs/moving.md in ${root}.`;

const main = async (target, options) => {
  const app = lookAt(path.resolve(target));
  refuse(app, options);
  console.log(
    `${app.folder}: Strapi ${app.strapi}, ${app.isTypeScript ? 'TypeScript' : 'JavaScript'}, ${app.manager}\n`,
  );
  const plan = await planAddition(root, app, { hasAdmin: !options['no-admin'] });
  const { before } = plan;
  if (plan.writes.size === 0) {
    console.log('Nothing to change.');
    showByHand(plan.byHand);
    return plan.byHand.length;
  }
  if (before && !options.update) {
    throw new Refusal(
      `Version ${before.version} of the extension is there already: use --update to replace it by this one`,
    );
  }
  show(app, plan);
  if (options['dry-run']) {
    showDiffs(app, plan);
    showByHand(plan.byHand);
    console.log('\nNothing was changed (--dry-run).');
    return plan.byHand.length;
  }
  if (!options.yes && !(await isAgreed())) return 0;
  carryOut(app, plan.writes);
  showByHand(plan.byHand);
  if (before) {
    const changelog = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
    console.log(`\nWhat has changed since ${before.version}:\n`);
    console.log(changesSince(changelog, before.version));
  }
  console.log(nextSteps(app, plan));
  return plan.byHand.length;
};

const flags = ['update', 'no-admin', 'dry-run', 'yes', 'force'];
const { positionals, ...options } = parseOptions(
  HELP,
  Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' }])),
  { positionals: ['FOLDER'] },
);
try {
  process.exitCode = (await main(positionals[0], options)) > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`${error.message}.`);
  process.exitCode = 2;
}
