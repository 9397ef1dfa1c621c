import { readFileSync } from 'node:fs';
import path from 'node:path';
import dotenv from 'dotenv';
import { changeAdminApp } from './admin-app.mjs';
import { broughtFiles, EXTENSION, formatted, withoutTypes } from './brought-files.mjs';
import { changeMiddlewares, changePlugins, changeServer } from './config-files.mjs';
import { completeEnvironment, completeExample } from './environment.mjs';
import { addPackages, neededPackages } from './packages.mjs';
import { changeStrapiServer } from './strapi-server.mjs';
import { changeTsconfig } from './tsconfig.mjs';
import { hashesOf, planFiles } from './update.mjs';

/** What was brought, and by which version: `{ version, files, packages }`, hashes by path and versions by name. */
export const MANIFEST = `${EXTENSION}/added.json`;

const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** Texts of files that the plan changes, over those of the app. */
const createDraft = (app) => {
  const writes = new Map();
  const notes = [];
  const byHand = [];
  return {
    writes,
    notes,
    byHand,
    read: (file) => (writes.has(file) ? (writes.get(file) ?? undefined) : app.read(file)),
    write: (file, text) => {
      if (text !== (app.read(file) ?? null)) writes.set(file, text);
    },
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
      draft.byHand.push({ file, text: `It wins over config/${name} in production: change it as that one.` });
    }
  }
};

const planConfig = (app, draft, starter) => {
  const environment = dotenv.parse(app.read('.env') ?? '');
  const variables = {};
  let earlierSecret;
  const steps = { plugins: changePlugins, middlewares: changeMiddlewares, server: changeServer };
  for (const [name, change] of Object.entries(steps)) {
    const language = app.isTypeScript ? 'ts' : 'js';
    const file = app.find(`config/${name}`) ?? `config/${name}.${language}`;
    const empty = app.isTypeScript ? 'export default () => ({});\n' : 'module.exports = () => ({});\n';
    const result = change(file, app.read(file) ?? empty, environment);
    draft.take(file, result);
    Object.assign(variables, result.variables);
    earlierSecret ??= result.earlierSecret;
  }
  planEnvironmentsOfConfig(app, draft);
  if (app.isTypeScript) {
    draft.take('tsconfig.json', changeTsconfig('tsconfig.json', app.read('tsconfig.json')));
  }
  if (app.read('.env') !== undefined) {
    draft.take('.env', completeEnvironment(app.read('.env'), variables, earlierSecret));
  }
  const example = app.read('.env.example');
  draft.take('.env.example', { text: completeExample(example ?? '', starter.read('.env.example')) });
};

const planAdmin = async (app, draft, starter) => {
  const text = starter.read('src/admin/app.tsx');
  const fresh = app.isTypeScript
    ? { file: 'src/admin/app.tsx', text }
    : { file: 'src/admin/app.js', text: await formatted(starter.root, 'app.js', withoutTypes(text)) };
  draft.takeAll(changeAdminApp(app, fresh));
};

/**
 * Plans how the extension gets into an app, or from an earlier version to this one. Changes nothing.
 *
 * @param root the folder of the starter
 * @param app what {@link import('./look-at.mjs').lookAt} returns
 * @param options `{ hasAdmin }`: with the pages of the admin panel
 * @returns `{ writes, notes, byHand, files, before }`: texts by path, null for a file that goes; sentences; `{ file, text }`
 * for each that the user has to do; which of the paths are brought as they are; and the manifest of before, or undefined
 */
export const planAddition = async (root, app, { hasAdmin }) => {
  const starter = { root, read: (file) => readFileSync(path.join(root, file), 'utf8') };
  const manifest = JSON.parse(starter.read('package.json'));
  const before = app.read(MANIFEST) && JSON.parse(app.read(MANIFEST));
  const draft = createDraft(app);

  const files = await broughtFiles(root, { isTypeScript: app.isTypeScript, hasAdmin });
  const brought = planFiles(files, before?.files ?? {}, app);
  for (const [file, text] of Object.entries(brought.writes)) draft.write(file, text);
  draft.notes.push(...brought.notes);
  draft.byHand.push(...brought.byHand);

  draft.takeAll(changeStrapiServer(app));
  planConfig(app, draft, starter);
  if (hasAdmin) await planAdmin(app, draft, starter);

  const packages = addPackages(app.read('package.json'), neededPackages(files, manifest, app), {
    overrides: manifest.overrides,
    manager: app.manager,
    addedBefore: before?.packages ?? {},
  });
  draft.take('package.json', packages);
  draft.write(
    MANIFEST,
    asJson({
      version: manifest.version,
      files: hashesOf(files, before?.files ?? {}, brought.byHand),
      packages: packages.added,
    }),
  );
  return { ...draft, files: new Set([...files.keys(), ...Object.keys(before?.files ?? {})]), before };
};
