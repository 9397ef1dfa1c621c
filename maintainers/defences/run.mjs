#!/usr/bin/env node
/** Removes each defence of the product in turn, and reports those whose removal no test notices: see HELP. */
import process from 'node:process';
import { parseOptions } from '../../scripts/parse-options.mjs';
import { readDefences, sourceWithout } from './defences.mjs';
import { createMutant, NOT_NOTICED } from './mutant.mjs';
import { findTypeProblems } from './types.mjs';

const HELP = `Usage: npm run defences -- [--only TEXT]… [--list]

Removes each defence of the lists in defences/list in turn, in a temporary copy of the project, and runs the test that
has to notice. First all of these tests have to pass with every defence in place. Takes about half an hour. Needs
PostgreSQL and MySQL or MariaDB for the defences that name them.

  --only  only defences whose title, row, file or test contains this text; may be repeated
  --list  prints them, and runs nothing
  --help  prints this text

Exits with 1 when a test notices nothing, or fails for another reason than an expectation.`;

/** Changes that remove nothing: where a test notices one, every other result is worthless too. */
const CONTROLS = [
  'tests/unit/judge.test.ts › revoked',
  'tests/http/login.test.ts › sets the refresh cookie',
].map((test) => ({
  title: 'control',
  file: 'src/extensions/users-permissions/refresh-tokens/core/judge.ts',
  before: 'const { session, user } = stored;',
  after: 'const { session, user } = { ...stored };',
  test,
}));

const matches = ({ title, rows, file, test }, text) =>
  [title, file, test, ...rows].some((part) => part.includes(text));

const chooseFrom = (all, only) =>
  only ? all.filter((defence) => only.some((text) => matches(defence, text))) : all;

const printList = (defences) => {
  for (const { title, rows, file, test, database = 'sqlite' } of defences) {
    console.log(`${title}\n  ${rows.join('; ')}\n  ${file}\n  ${test} (${database})`);
  }
  console.log(`${defences.length} defences`);
};

const seconds = (start) => Math.round((Date.now() - start) / 1000);

/** Returns the problems of the controls. */
const findControlProblems = async (mutant) => {
  const problems = [];
  for (const control of CONTROLS) {
    const result = await mutant.findProblemWithout(control);
    if (result !== NOT_NOTICED) {
      problems.push(`${control.test}\n  notices a change that removes nothing: ${result}`);
    }
  }
  return problems;
};

/** Removes each defence; returns the problems. */
const removeEach = async (defences, mutant) => {
  const problems = [];
  for (const [index, defence] of defences.entries()) {
    const start = Date.now();
    const problem = await mutant.findProblemWithout(defence);
    const result = problem ?? 'noticed';
    console.log(
      `${index + 1}/${defences.length} ${defence.title}: ${result} (${seconds(start)} s)`,
    );
    if (problem) problems.push(`${defence.title}\n  ${defence.test}\n  ${problem}`);
  }
  return problems;
};

const { only, list } = parseOptions(HELP, {
  only: { type: 'string', multiple: true },
  list: { type: 'boolean' },
});
const defences = chooseFrom(await readDefences(), only);
if (list) {
  printList(defences);
  process.exit(0);
}
if (defences.length === 0) {
  console.error('No defence matches. Try --list.');
  process.exit(2);
}
// All texts are searched before the first test runs.
for (const defence of defences) sourceWithout(defence);

const start = Date.now();
console.log(`Compiling without each of ${defences.length} defences …`);
let problems = findTypeProblems(defences);
const mutant = await createMutant();
try {
  console.log(`Running the tests of ${defences.length} defences in place …`);
  problems.push(...(await mutant.findProblemsInPlace([...defences, ...CONTROLS])));
  if (problems.length === 0) problems = await findControlProblems(mutant);
  if (problems.length === 0) problems = await removeEach(defences, mutant);
} finally {
  await mutant.close();
}
for (const problem of problems) console.error(`\n${problem}`);
console.log(
  `\n${defences.length} defences, ${problems.length} problems, ${Math.round(seconds(start) / 60)} minutes`,
);
process.exit(problems.length > 0 ? 1 : 0);
