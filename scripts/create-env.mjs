#!/usr/bin/env node
/**
 * Creates `.env` from `.env.example` with fresh random secrets, or completes the one that exists.
 * Never touches a value that works, never prints a secret. Runs before `npm run develop`.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';

const HELP = `Usage: node scripts/create-env.mjs

Creates .env (or the file that ENV_PATH names) from .env.example with fresh random secrets.

Where the file exists already, missing secrets are added. A secret that would stop the boot (too
short, a placeholder, shared) is replaced only while there is no database, since a new one logs
everybody out. Every other value stays as it is.`;

const PLACEHOLDER = 'tobemodified';
const SECRET_BYTES = 32;
const SETTINGS = 'src/extensions/users-permissions/refresh-tokens/settings/settings.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const target = path.resolve(root, process.env.ENV_PATH ?? '.env');
const shown = path.relative(process.cwd(), target) || target;
const example = readFileSync(path.join(root, '.env.example'), 'utf8');

const freshSecrets = (text) =>
  text.replaceAll(PLACEHOLDER, () => randomBytes(SECRET_BYTES).toString('base64url'));

/** The secrets, as `.env.example` has them: name and placeholder. */
const secrets = Object.fromEntries(
  Object.entries(dotenv.parse(example)).filter(([, value]) => value.includes(PLACEHOLDER)),
);

/** False where the file exists, also if it was created a moment ago. */
const create = () => {
  // Only values are replaced: a comment may speak of the placeholder.
  const text = example.replace(/^[A-Z_]+=.*$/gm, freshSecrets);
  try {
    writeFileSync(target, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

/** What the boot would refuse: `{ variable, message }` for each problem. */
const problemsOf = (environment) => {
  const require = createRequire(import.meta.url);
  const { unregister } = require('esbuild-register/dist/node').register({ target: 'node20' });
  try {
    const { readSettings } = require(path.join(root, SETTINGS));
    readSettings(environment, environment.NODE_ENV === 'production');
    return [];
  } catch (error) {
    if (!Array.isArray(error.problems)) throw error;
    return error.problems;
  } finally {
    unregister();
  }
};

/** Whether there may be a database already. Of a server it is not known, so it is assumed. */
const mayHaveDatabase = ({ DATABASE_CLIENT, DATABASE_FILENAME }) => {
  if (DATABASE_CLIENT && DATABASE_CLIENT.trim() !== 'sqlite') return true;
  const file = path.resolve(root, DATABASE_FILENAME || '.tmp/data.db');
  return existsSync(file) && statSync(file).size > 0;
};

/** Sets a variable in the text of an env file: in its place, or at the end. */
const withVariable = (text, name, value) => {
  const line = new RegExp(`^(\\s*(?:export\\s+)?${name}[ \\t]*=)[^\\r\\n]*`, 'gm');
  if (line.test(text)) return text.replace(line, (_, start) => `${start}${value}`);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
};

const replaceFile = (text) => {
  const { mode } = statSync(target);
  const draft = `${target}.${process.pid}`;
  writeFileSync(draft, text, { flag: 'wx', mode });
  renameSync(draft, target);
};

const complete = () => {
  const before = readFileSync(target, 'utf8');
  const inFile = dotenv.parse(before);
  // As for Strapi, what the shell sets wins over the file.
  const environment = { ...inFile, ...process.env };
  const missing = Object.keys(secrets).filter((name) => !environment[name]?.trim());
  const refused = problemsOf(environment).filter(
    ({ variable }) =>
      variable in secrets && !missing.includes(variable) && process.env[variable] === undefined,
  );
  const canReplace = !mayHaveDatabase(environment);
  const replaced = canReplace ? [...new Set(refused.map(({ variable }) => variable))] : [];

  const after = [...missing, ...replaced].reduce(
    (text, name) => withVariable(text, name, freshSecrets(secrets[name])),
    before,
  );
  if (after !== before) replaceFile(after);
  if (missing.length > 0)
    console.log(`Added to ${shown}, with fresh values: ${missing.join(', ')}.`);
  if (replaced.length > 0) {
    console.log(`Replaced in ${shown}, since the boot would refuse them: ${replaced.join(', ')}.`);
  }
  if (!canReplace) {
    for (const { variable, message } of refused) console.log(`${shown}: ${variable} ${message}.`);
    if (refused.length > 0) {
      console.log(
        'Not replaced, since there may be a database already: new secrets log everybody out.',
      );
    }
  }
};

if (process.argv.includes('--help')) console.log(HELP);
else if (create()) console.log(`Created ${shown} with fresh random secrets.`);
else complete();
