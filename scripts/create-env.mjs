#!/usr/bin/env node
/**
 * Creates `.env` from `.env.example` with fresh random secrets, if there is none.
 * Never overwrites, never prints a secret. Runs before `npm run develop`.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const PLACEHOLDER = /tobemodified/g;
const SECRET_BYTES = 32;

if (process.argv.includes('--help')) {
  console.log(
    'Usage: node scripts/create-env.mjs\n\n' +
      'Creates .env (or the file that ENV_PATH names) from .env.example with fresh random\n' +
      'secrets. A file that exists is left as it is.',
  );
  process.exit(0);
}

const root = path.join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const target = path.resolve(root, process.env.ENV_PATH ?? '.env');
const example = readFileSync(path.join(root, '.env.example'), 'utf8');

// Only values are replaced: a comment may speak of the placeholder.
const withSecrets = example.replace(/^[A-Z_]+=.*$/gm, (line) =>
  line.replace(PLACEHOLDER, () => randomBytes(SECRET_BYTES).toString('base64url')),
);

try {
  // `wx` fails where the file exists, also if it was made a moment ago.
  writeFileSync(target, withSecrets, { flag: 'wx', mode: 0o600 });
  console.log(
    `Created ${path.relative(process.cwd(), target) || target} with fresh random secrets.`,
  );
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
}
