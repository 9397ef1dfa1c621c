#!/usr/bin/env node
/** Runs the project with several versions of Node.js, Strapi and package managers: see HELP. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { parseOptions } from '../../scripts/parse-options.mjs';
import { createCleanUp } from '../bench/lib/clean-up.mjs';
import { replaceBlock, table } from '../bench/lib/markdown.mjs';
import { progress } from '../bench/lib/progress.mjs';
import { runCell, STEPS } from './cell.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
const DOCUMENT = path.join(root, 'docs', 'upgrading.md');
const MANAGERS = ['npm', 'pnpm', 'yarn'];
const pinned = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies[
  '@strapi/strapi'
];

const HELP = `Usage: npm run matrix -- [--node 20,22,24,26] [--strapi ${pinned},latest] [--manager npm,pnpm,yarn]

Takes the last commit through each combination: clean install, build, npm test on SQLite, a load on SQLite with forced
garbage collections, then the HTTP tests and the load on PostgreSQL. A cell takes about 25 minutes. Prints a table, and
exits with 1 when a cell has failed.

  --node          versions of Node.js, as npm takes them; all that Strapi allows by default
  --strapi        versions of Strapi; ${pinned} by default
  --manager       npm, pnpm, yarn; npm by default
  --load-minutes  the least time of each load; 5 by default
  --load-requests the least number of requests of the load on SQLite; 0 by default
  --write         puts the rows into docs/upgrading.md and matrix/results.json, in place of older rows
                  of the same versions
  --keep-folder   does not delete the temporary folder
  --help          prints this text

PostgreSQL: TEST_POSTGRES_URL (postgres://postgres@127.0.0.1:5432).`;

const values = parseOptions(HELP, {
  node: { type: 'string', default: '20,22,24,26' },
  strapi: { type: 'string', default: pinned },
  manager: { type: 'string', default: 'npm' },
  'load-minutes': { type: 'string', default: '5' },
  'load-requests': { type: 'string', default: '0' },
  write: { type: 'boolean' },
  'keep-folder': { type: 'boolean' },
});

const fail = (message) => {
  console.error(message);
  process.exit(2);
};
const list = (text) => text.split(',').map((entry) => entry.trim());
const positive = (option) => {
  const value = Number(values[option]);
  return value >= 0 ? value : fail(`--${option} must be a number, not ${values[option]}`);
};
const unknown = list(values.manager).filter((manager) => !MANAGERS.includes(manager));
if (unknown.length > 0) fail(`--manager accepts ${MANAGERS.join(', ')}, not ${unknown.join(', ')}`);
const extent = { minutes: positive('load-minutes'), requests: positive('load-requests') };

/** The exact version of Strapi that a word such as `latest` means. */
const exactVersion = (version) =>
  execFileSync('npm', ['view', `@strapi/strapi@${version}`, 'version'], {
    encoding: 'utf8',
  }).trim();

const today = () => new Date().toISOString().slice(0, 10);
const keyOf = ({ node, strapi, manager }) =>
  [node.split('.')[0], strapi, manager.split(' ')[0]].join(' ');

const render = (rows) =>
  table(
    ['Node', 'Strapi', 'Installed by', ...STEPS, 'Date'],
    rows.map((row) => [
      row.node,
      row.strapi,
      row.manager,
      ...STEPS.map((step) => row.results[step]),
      row.date,
    ]),
  );

/** Replaces older rows of the same versions, and keeps the others. */
const write = async (rows) => {
  const merged = new Map(JSON.parse(readFileSync(RESULTS, 'utf8')).map((row) => [keyOf(row), row]));
  for (const row of rows) merged.set(keyOf(row), row);
  const all = [...merged.values()].sort((one, other) =>
    keyOf(one).localeCompare(keyOf(other), 'en', { numeric: true }),
  );
  const options = await prettier.resolveConfig(DOCUMENT);
  writeFileSync(
    RESULTS,
    await prettier.format(JSON.stringify(all), { ...options, parser: 'json' }),
  );
  const text = replaceBlock(readFileSync(DOCUMENT, 'utf8'), 'matrix', render(all));
  writeFileSync(DOCUMENT, await prettier.format(text, { ...options, parser: 'markdown' }));
};

const cleanUp = createCleanUp();
cleanUp.onInterrupt();
const folder = mkdtempSync(path.join(tmpdir(), 'matrix-'));
if (!values['keep-folder']) cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));

const rows = [];
try {
  for (const version of list(values.strapi)) {
    for (const manager of list(values.manager)) {
      for (const node of list(values.node)) {
        const cell = { node, strapi: exactVersion(version), manager };
        const isKept = values['keep-folder'];
        const row = await runCell(cell, { root, folder, extent, progress, cleanUp, isKept });
        rows.push({ ...row, date: today() });
        if (values.write) await write(rows.slice(-1));
      }
    }
  }
} finally {
  await cleanUp.run();
}
console.log(`\n${render(rows)}`);
const hasFailed = rows.some(({ results }) =>
  STEPS.some((step) => results[step] === 'failed' || results[step] === 'not run'),
);
process.exit(hasFailed ? 1 : 0);
