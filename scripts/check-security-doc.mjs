#!/usr/bin/env node
/**
 * Checks that docs/security.md names a test for every threat, and that each test it names exists.
 * Ends non-zero, with a line for each that does not.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const document = readFileSync(path.join(root, 'docs', 'security.md'), 'utf8');

/** `tests/http/login.test.ts › title of a test`; a title may hold backticks of its own. */
const REFERENCE = /`(tests\/[\w./-]+\.test\.ts) › (.+?)`(?= +(?:`tests\/|\|))/g;

const threats = document
  .split('## Threats')[1]
  .split('\n## ')[0]
  .split('\n')
  .filter((line) => line.startsWith('| **'));

const problems = [];
for (const threat of threats) {
  const name = /\*\*(.+?)\*\*/.exec(threat)[1];
  const references = [...threat.matchAll(REFERENCE)];
  if (references.length === 0) problems.push(`"${name}" names no test`);

  for (const [, file, title] of references) {
    const source = existsSync(path.join(root, file)) && readFileSync(path.join(root, file), 'utf8');
    if (source === false) problems.push(`"${name}" names ${file}, which does not exist`);
    else if (!source.includes(title)) problems.push(`"${name}" names "${title}", not in ${file}`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`docs/security.md: ${threats.length} threats, ${problems.length} problems`);
process.exit(problems.length === 0 && threats.length > 0 ? 0 : 1);
