#!/usr/bin/env node
/**
 * Creates `.env` from `.env.example` with random secrets, or completes an existing one. Never changes a
 * valid value and never prints a secret. Runs before `npm run develop`.
 */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { freshSecret, settingsProblems, withVariable } from './env-file.mjs';

const HELP = `Usage: node scripts/create-env.mjs

Creates .env (or the file that ENV_PATH names) from .env.example with random secrets.

If the file exists, missing secrets are added. A secret that would stop the boot (too short, a
placeholder, a shared value) is replaced only while no database exists, because a new secret logs
all users out. All other values stay as they are.`;

const PLACEHOLDER = 'tobemodified';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const target = path.resolve(root, process.env.ENV_PATH ?? '.env');
const shownPath = path.relative(process.cwd(), target) || target;
const example = readFileSync(path.join(root, '.env.example'), 'utf8');

const freshSecrets = (text) => text.replaceAll(PLACEHOLDER, freshSecret);

/** The secrets in `.env.example`: name and placeholder. */
const secrets = Object.fromEntries(
  Object.entries(dotenv.parse(example)).filter(([, value]) => value.includes(PLACEHOLDER)),
);

/** Creates the file; false when it exists, even if another process has just created it. */
const create = () => {
  // Replaces values only: a comment mentions the placeholder, too.
  const text = example.replace(/^[A-Z_]+=.*$/gm, freshSecrets);
  try {
    writeFileSync(target, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Whether a database may exist. Assumed for a database server, which is not asked. */
const mayHaveDatabase = ({ DATABASE_CLIENT, DATABASE_FILENAME }) => {
  if (DATABASE_CLIENT && DATABASE_CLIENT.trim() !== 'sqlite') return true;
  const file = path.resolve(root, DATABASE_FILENAME || '.tmp/data.db');
  return existsSync(file) && statSync(file).size > 0;
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
  // The shell wins over the file, as it does for Strapi.
  const environment = { ...inFile, ...process.env };
  const missing = Object.keys(secrets).filter((name) => !environment[name]?.trim());
  const refused = settingsProblems(environment).filter(
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
    console.log(`Added to ${shownPath}, with random values: ${missing.join(', ')}.`);
  if (replaced.length > 0) {
    console.log(
      `Replaced in ${shownPath}, because they would stop the boot: ${replaced.join(', ')}.`,
    );
  }
  if (!canReplace) {
    for (const { variable, message } of refused) {
      console.log(`${shownPath}: ${variable} ${message}.`);
    }
    if (refused.length > 0) {
      console.log('Not replaced, because a database may exist: new secrets log all users out.');
    }
  }
};

if (process.argv.includes('--help')) console.log(HELP);
else if (create()) console.log(`Created ${shownPath} with random secrets.`);
else complete();
