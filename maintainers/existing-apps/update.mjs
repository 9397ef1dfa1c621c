import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commit, logStep, output, root, run } from '../helpers/commands.mjs';
import { addTo } from './add-to.mjs';
import { takePackages } from './new-app.mjs';

const EXTENSION = 'src/extensions/users-permissions/refresh-tokens';

/** The file that both the app and a new version of the starter change. */
const SHARED = `${EXTENSION}/adopt-sessions`;

/** What the next version logs at boot instead. */
export const ANNOUNCEMENT = 'Earlier refresh tokens can be exchanged until';

/** Replaces a text that is in a file once. */
const replaceIn = (folder, file, before, after) => {
  const target = path.join(folder, file);
  const parts = readFileSync(target, 'utf8').split(before);
  assert.equal(parts.length, 2, `${file} does not have once: ${before}`);
  writeFileSync(target, parts.join(after));
};

/** Clones the starter, at its last commit, with the packages that are installed. */
export const cloneStarter = (parent) => {
  const starter = path.join(parent, 'starter');
  run(parent, 'git', 'clone', '-q', root, starter);
  takePackages(starter);
  return starter;
};

/** Gives the starter another version, and a section of its changelog. */
const release = (starter, version, sentence) => {
  const manifest = JSON.parse(readFileSync(path.join(starter, 'package.json'), 'utf8'));
  replaceIn(starter, 'package.json', `"version": "${manifest.version}"`, `"version": "${version}"`);
  const changelog = path.join(starter, 'CHANGELOG.md');
  const [head, ...sections] = readFileSync(changelog, 'utf8').split(/^(?=## )/m);
  // What was unreleased belongs to the version that the app has.
  const [newest = '', ...others] = sections;
  const before = newest.replace('## Unreleased', `## ${manifest.version}`);
  const text = [head, `## ${version}\n\n- ${sentence}\n\n`, before, ...others].join('');
  writeFileSync(changelog, text);
  commit(starter, `Release ${version}`);
};

const changedFiles = (app) =>
  output(app, 'git', 'status', '--porcelain', '--untracked-files=all', '--no-renames')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(3))
    .sort();

/** The files of one module of the extension: a JavaScript app has its types, too. */
const filesOf = (name, language) =>
  language === 'typescript' ? [`${name}.ts`] : [`${name}.d.ts`, `${name}.js`];

/**
 * Brings the next version of the starter into an app that has changed a file of the extension, in another place than that
 * version. It also renames a file.
 *
 * @param app its folder, without uncommitted changes
 * @param language of the app
 * @param starter what {@link cloneStarter} has returned
 */
export const checkUpdate = async (app, language, starter) => {
  const code = language === 'typescript' ? 'ts' : 'js';
  const shared = `${SHARED}.${code}`;
  replaceIn(app, shared, "'1y'", "'2y'");
  commit(app, 'A change of the extension');

  logStep('npm run add-to -- --update');
  replaceIn(starter, `${SHARED}.ts`, 'Earlier refresh tokens are exchanged until', ANNOUNCEMENT);
  const [drain, renamed] = ['drain', 'drain-requests'].map((name) => `${EXTENSION}/http/${name}`);
  renameSync(path.join(starter, `${drain}.ts`), path.join(starter, `${renamed}.ts`));
  replaceIn(starter, `${EXTENSION}/index.ts`, "'./http/drain'", "'./http/drain-requests'");
  release(starter, '98.0.0', 'Says that earlier tokens can be exchanged.');

  const refused = addTo(starter, app, '--yes');
  assert.equal(refused.status, 2, refused.output);
  assert.match(refused.output, /--update/);
  assert.deepEqual(changedFiles(app), []);

  const updated = addTo(starter, app, '--update', '--yes');
  assert.equal(updated.status, 0, updated.output);
  assert.match(updated.output, /^- Says that earlier tokens can be exchanged\.$/m);
  assert.doesNotMatch(updated.output, /A client package/);
  const merged = readFileSync(path.join(app, shared), 'utf8');
  assert.ok(merged.includes("'2y'"), 'the change of the app is lost');
  assert.ok(merged.includes(ANNOUNCEMENT), 'the change of the new version is missing');
  assert.deepEqual(
    changedFiles(app),
    [
      shared,
      `${EXTENSION}/added.json`,
      `${EXTENSION}/index.${code}`,
      ...filesOf(drain, language),
      ...filesOf(renamed, language),
    ].sort(),
  );
  for (const file of filesOf(drain, language)) assert.ok(!existsSync(path.join(app, file)), file);
  if (language === 'typescript') run(app, 'npx', '--no-install', 'tsc');

  commit(app, 'The next version');
  expectNothingToDo(addTo(starter, app, '--update', '--yes'), app);
};

/** Checks that a run of the command has changed nothing. */
export const expectNothingToDo = ({ status, output: said }, app) => {
  assert.equal(status, 0, said);
  assert.match(said, /Nothing to change/);
  assert.deepEqual(changedFiles(app), []);
};

/** Brings one more version, which changes the line that the app has changed, and solves the conflict. */
export const checkConflict = (app, language, starter) => {
  logStep('npm run add-to -- --update, where both have changed the same line');
  const shared = `${SHARED}.${language === 'typescript' ? 'ts' : 'js'}`;
  const before = readFileSync(path.join(app, shared), 'utf8');
  replaceIn(starter, `${SHARED}.ts`, "'1y'", "'9y'");
  release(starter, '99.0.0', 'Remembers for longer.');

  const { status, output: said } = addTo(starter, app, '--update', '--yes');
  assert.equal(status, 1, said);
  assert.equal(readFileSync(path.join(app, shared), 'utf8'), before);
  for (const side of [shared, "'2y'", "'9y'"]) assert.ok(said.includes(side), said);

  commit(app, 'The newest version, in conflict');
  replaceIn(app, shared, "'2y'", "'10y'");
  commit(app, 'Solved');
  const solved = addTo(starter, app, '--update', '--yes');
  assert.equal(solved.status, 0, solved.output);
  commit(app, 'The newest version');
  expectNothingToDo(addTo(starter, app, '--update', '--yes'), app);
};
