import { readFileSync } from 'node:fs';
import path from 'node:path';
import dotenv from 'dotenv';
import { changeAdminApp } from './admin-app.mjs';
import { broughtFiles, formatted, isOfAdmin, MANIFEST, withoutTypes } from './brought-files.mjs';
import { changeMiddlewares, changePlugins, changeServer } from './config-files.mjs';
import { completeEnvironment, completeExample } from './environment.mjs';
import { manifestText } from './manifest.mjs';
import { addPackages, neededPackages } from './packages.mjs';
import { changeStrapiServer } from './strapi-server.mjs';
import { changeTsconfig } from './tsconfig.mjs';
import { hashesOf, planFiles } from './update.mjs';

/** Texts of files that the plan changes, over those of the app. */
const createDraft = (app) => {
  const writes = new Map();
  const notes = [];
  const byHand = [];
  return {
    writes,
    notes,
    byHand,
    /** Takes what a step says about one file. */
    take: (file, { text, notes: more = [], byHand: reason }) => {
      if (text !== undefined && text !== app.read(file)) writes.set(file, text);
      notes.push(...more.map((note) => `${file}: ${note}`));
      if (reason) byHand.push({ file, text: reason });
    },
    /** Takes what a step says about several files. */
    takeAll: ({ writes: more = {}, notes: sentences = [], byHand: reason, file }) => {
      for (const [name, text] of Object.entries(more)) writes.set(name, text);
      notes.push(...sentences);
      if (reason) byHand.push({ file, text: reason });
    },
  };
};

/** Files of one environment win over those of `config/`. */
const planEnvironmentsOfConfig = (app, draft) => {
  for (const name of ['plugins', 'middlewares', 'server']) {
    const file = app.find(`config/env/production/${name}`);
    const text = file ? app.read(file) : '';
    if (/users-permissions|proxy|strapi::/.test(text)) {
      draft.byHand.push({
        file,
        text: `It wins over config/${name} in production: change it as that one.`,
      });
    }
  }
};

const CHANGES = { plugins: changePlugins, middlewares: changeMiddlewares, server: changeServer };
const EMPTY = { ts: 'export default () => ({});\n', js: 'module.exports = () => ({});\n' };

/** Plans the files of `config/`. Returns what their settings become: `{ variables, earlierSecret }`. */
const planConfig = (app, draft, environment) => {
  const language = app.isTypeScript ? 'ts' : 'js';
  const results = Object.entries(CHANGES).map(([name, change]) => {
    const file = app.find(`config/${name}`) ?? `config/${name}.${language}`;
    const result = change(file, app.read(file) ?? EMPTY[language], environment);
    draft.take(file, result);
    return result;
  });
  planEnvironmentsOfConfig(app, draft);
  return {
    variables: Object.assign({}, ...results.map(({ variables }) => variables)),
    earlierSecret: results.find((result) => result.earlierSecret)?.earlierSecret,
  };
};

const planEnvironment = (app, draft, starter) => {
  const text = app.read('.env');
  const { variables, earlierSecret } = planConfig(app, draft, dotenv.parse(text ?? ''));
  if (text !== undefined) draft.take('.env', completeEnvironment(text, variables, earlierSecret));
  const example = app.read('.env.example') ?? '';
  draft.take('.env.example', { text: completeExample(example, starter.read('.env.example')) });
};

const planAdmin = async (app, draft, starter) => {
  const text = starter.read('src/admin/app.tsx');
  const fresh = app.isTypeScript
    ? { file: 'src/admin/app.tsx', text }
    : {
        file: 'src/admin/app.js',
        text: await formatted(starter.root, 'app.js', withoutTypes(text)),
      };
  draft.takeAll(changeAdminApp(app, fresh));
};

/**
 * Plans how the extension gets into an app, or from an earlier version to this one. Changes nothing.
 *
 * @param root the folder of the starter
 * @param app what {@link import('./look-at.mjs').lookAt} returns
 * @param options `{ hasAdmin }`: with the pages of the admin panel; an update keeps to what the first run has done
 * @returns `{ writes, notes, byHand, files, before }`: texts by path, null for a file that goes; sentences; `{ file, text }`
 * for each that the user has to do; which of the paths are brought as they are; and the earlier manifest, or undefined
 */
export const planAddition = async (root, app, options) => {
  const starter = { root, read: (file) => readFileSync(path.join(root, file), 'utf8') };
  const manifest = JSON.parse(starter.read('package.json'));
  const before = app.read(MANIFEST) && JSON.parse(app.read(MANIFEST));
  const earlier = { files: {}, packages: {}, texts: {}, conflicts: {}, ...before };
  const hasAdmin = before ? Object.keys(before.files).some(isOfAdmin) : options.hasAdmin;
  const draft = createDraft(app);

  const files = await broughtFiles(root, { isTypeScript: app.isTypeScript, hasAdmin });
  const brought = planFiles(files, earlier, app);
  for (const [file, text] of Object.entries(brought.writes)) draft.take(file, { text });
  draft.notes.push(...brought.notes);
  draft.byHand.push(...brought.byHand);

  draft.takeAll(changeStrapiServer(app));
  planEnvironment(app, draft, starter);
  if (app.isTypeScript) {
    draft.take('tsconfig.json', changeTsconfig('tsconfig.json', app.read('tsconfig.json')));
  }
  if (hasAdmin) await planAdmin(app, draft, starter);

  const packages = addPackages(app.read('package.json'), neededPackages(files, manifest, app), {
    overrides: manifest.overrides,
    manager: app.manager,
    addedBefore: earlier.packages,
  });
  draft.take('package.json', packages);
  draft.take(MANIFEST, {
    text: manifestText({
      version: manifest.version,
      files: hashesOf(files, earlier.files, brought.byHand),
      packages: packages.added,
      texts: brought.texts,
      conflicts: brought.conflicts,
    }),
  });
  return {
    ...draft,
    files: new Set([...files.keys(), ...Object.keys(earlier.files)]),
    before,
  };
};
