#!/usr/bin/env node
/** Brings the extension into apps that have users and code of their own: see HELP. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseOptions } from '../../scripts/parse-options.mjs';
import { commit, environment, logStep, output, runQuietly } from '../helpers/commands.mjs';
import { addTo } from './add-to.mjs';
import { checkApp, checkUpdatedApp, settingsOfMove } from './after.mjs';
import { APPS } from './apps.mjs';
import { fillApp } from './before.mjs';
import { installPackages, makeApp, setVariables } from './new-app.mjs';
import {
  ANNOUNCEMENT,
  checkConflict,
  checkUpdate,
  cloneStarter,
  expectNothingToDo,
} from './update.mjs';

const HELP = `Usage: npm run existing-apps -- [--app typescript|javascript]… [--from-registry] [--keep-folder]

Without --app, both, one after the other:
  typescript  in Strapi's refresh mode
  javascript  with the code of the tutorial

Makes the app with create-strapi-app, adds the code that is here in the folder with its name (a content type, a route, an
action "me", a lifecycle that blocks users), and lets users log in and write. Then runs npm run add-to, npm install, the
build and the app, in production. Checks that the users are still logged in, and that a second use of such a token is
found out; the code and the content of the app; docs/walk.md; that a second run changes nothing; an update that is merged
with a change of the app, and one that is in conflict with it. Uses the last commit, not the working tree.

  --from-registry  installs each app from nothing, and not from the packages of the starter; takes some minutes more
  --keep-folder    does not delete the temporary folder
  --help           prints this text`;

const values = parseOptions(HELP, {
  app: { type: 'string', multiple: true, default: Object.keys(APPS) },
  'from-registry': { type: 'boolean' },
  'keep-folder': { type: 'boolean' },
});
const unknown = values.app.filter((name) => !APPS[name]);
if (unknown.length > 0) {
  console.error(`--app accepts ${Object.keys(APPS).join(', ')}, not ${unknown.join(', ')}`);
  process.exit(2);
}

const build = (app) => runQuietly(app, environment, 'npm', 'run', 'build');

const environmentOf = (app) => readFileSync(path.join(app, '.env'), 'utf8');

const expectUnchanged = (app, variables) => {
  assert.equal(output(app, 'git', 'status', '--porcelain'), '');
  assert.equal(environmentOf(app), variables);
};

/** Runs the command on an app for the first time. */
const addExtension = (app, starter) => {
  const variables = environmentOf(app);
  logStep('npm run add-to -- --dry-run');
  const planned = addTo(starter, app, '--dry-run');
  assert.equal(planned.status, 0, planned.output);
  assert.match(planned.output, /^\+.*withRefreshTokens\(/m);
  expectUnchanged(app, variables);

  logStep('npm run add-to -- --yes');
  const { status, output: said } = addTo(starter, app, '--yes');
  console.log(said);
  assert.equal(status, 0);
};

/** Checks that the extension of the app is what it was, without the code of the tutorial. */
const checkOwnExtension = (app, language) => {
  const folder = 'src/extensions/users-permissions';
  const code = language === 'typescript' ? 'ts' : 'js';
  const before = output(app, 'git', 'show', `HEAD:${folder}/strapi-server.${code}`);
  const after = readFileSync(path.join(app, folder, `own-extension.${code}`), 'utf8');
  if (language === 'typescript') assert.equal(after, before);
  else assert.doesNotMatch(after, /jsonwebtoken|issueJWT|RefreshToken|checkUser|token\/refresh/);
};

const checkLanguage = async (parent, language) => {
  const kind = APPS[language];
  const starter = cloneStarter(parent);
  logStep(`${language}: create-strapi-app, and the code of the app`);
  const app = await makeApp(parent, language, {
    ...kind,
    fromRegistry: values['from-registry'],
  });
  logStep('npm run build');
  await build(app);
  logStep('users log in and write');
  const earlier = await fillApp(app, kind);
  assert.equal(output(app, 'git', 'status', '--porcelain'), '');

  addExtension(app, starter);
  checkOwnExtension(app, language);
  setVariables(app, settingsOfMove());
  logStep('npm install, npm run build');
  await installPackages(app);
  await build(app);
  const cookie = await checkApp(app, kind, earlier);
  commit(app, 'Sessions');

  logStep('npm run add-to, again');
  const variables = environmentOf(app);
  expectNothingToDo(addTo(starter, app, '--yes'), app);
  expectUnchanged(app, variables);

  await checkUpdate(app, language, starter);
  logStep('npm start');
  await checkUpdatedApp(app, cookie, ANNOUNCEMENT);
  checkConflict(app, language, starter);
};

for (const language of values.app) {
  const parent = mkdtempSync(path.join(tmpdir(), `existing-${language}-`));
  const started = performance.now();
  try {
    await checkLanguage(parent, language);
    logStep(`${language}: passed, in ${Math.round((performance.now() - started) / 1000)} s`);
  } finally {
    if (!values['keep-folder']) rmSync(parent, { recursive: true, force: true });
    else logStep(parent);
  }
}
