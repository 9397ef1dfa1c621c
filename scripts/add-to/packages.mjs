import { builtinModules } from 'node:module';
import mapValues from 'lodash/mapValues.js';
import sortBy from 'lodash/sortBy.js';
import ts from 'typescript';

const packageOf = (specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)[0];

/**
 * Returns the packages that files import.
 *
 * @param {Map<string, string>} files the text of each file
 */
const importedPackages = (files) => {
  const specifiers = [...files]
    .filter(([file]) => /\.[jt]sx?$/.test(file) && !file.endsWith('.d.ts'))
    .flatMap(([, text]) => ts.preProcessFile(text, true, true).importedFiles);
  const names = specifiers
    .map(({ fileName }) => fileName)
    .filter((name) => !/^(\.|node:)/.test(name) && !builtinModules.includes(name));
  return [...new Set(names.map(packageOf))].sort();
};

const typesOf = (name) => `@types/${name.replace(/^@/, '').replace('/', '__')}`;

/**
 * Returns the packages that the brought files need, with the versions of the starter.
 *
 * @param {Map<string, string>} files what the app gets
 * @param starter the `package.json` of the starter
 * @param app `{ isTypeScript, strapi }`: whether it needs types, and its version of Strapi
 * @returns `{ dependencies, devDependencies }`: versions by name
 */
export const neededPackages = (files, starter, { isTypeScript, strapi }) => {
  const names = importedPackages(files);
  const pick = (from, wanted) =>
    Object.fromEntries(wanted.filter((name) => from[name]).map((name) => [name, from[name]]));
  const pinned = starter.dependencies['@strapi/strapi'];
  return {
    // All of one version: errors of another copy of `@strapi/utils` are not recognized as Strapi's.
    dependencies: mapValues(pick(starter.dependencies, names), (version, name) =>
      name.startsWith('@strapi/') && version === pinned ? strapi : version,
    ),
    devDependencies: isTypeScript
      ? pick(starter.devDependencies, [...names, ...names.map(typesOf)])
      : {},
  };
};

const majorOf = (range) => /\d+/.exec(range)?.[0];

const withPackage = (packages, name, version) =>
  Object.fromEntries(sortBy(Object.entries({ ...packages, [name]: version }), ([key]) => key));

/** Adds versions to one list of a `package.json`, which it changes. */
const addVersions = (app, list, versions, addedBefore) => {
  const result = { notes: [], conflicts: [], added: {} };
  const present = { ...app.devDependencies, ...app.dependencies };
  for (const [name, version] of Object.entries(versions)) {
    const before = present[name];
    const isOurs = before === undefined || before === addedBefore[name];
    if (isOurs) result.added[name] = version;
    if (before === version) continue;
    if (isOurs) {
      const owner = app.dependencies?.[name] ? 'dependencies' : list;
      app[owner] = withPackage(app[owner], name, version);
      result.notes.push(`${name} ${version}`);
    } else if (majorOf(before) !== majorOf(version)) {
      result.conflicts.push(
        `  "${name}": "${before}" here; the extension was tested with ${version}`,
      );
    }
  }
  return result;
};

/** Adds versions that replace those of other packages to a `package.json`, which it changes. */
const addOverrides = (app, field, overrides) =>
  Object.entries(overrides)
    .filter(([name]) => app[field]?.[name] === undefined)
    .map(([name, version]) => {
      app[field] = { ...app[field], [name]: version };
      return `${field}: ${name} ${version}`;
    });

/**
 * Adds packages to `package.json` of the app. What is there stays, unless it is what was added before.
 *
 * @param text of `package.json`
 * @param needed as {@link neededPackages} returns it
 * @param options `{ overrides, manager, addedBefore }`: versions that replace those of other packages; npm, pnpm or yarn; and
 * the versions that an earlier run has added, by name
 * @returns `{ text, notes, byHand, added }`; `byHand` where the app has another major version
 */
export const addPackages = (text, needed, { overrides, manager, addedBefore }) => {
  const app = JSON.parse(text);
  const results = Object.entries(needed).map(([list, versions]) =>
    addVersions(app, list, versions, addedBefore),
  );
  const notes = [
    ...results.flatMap((result) => result.notes),
    ...addOverrides(app, manager === 'npm' ? 'overrides' : 'resolutions', overrides),
  ];
  const conflicts = results.flatMap((result) => result.conflicts);
  const indentation = /^[ \t]+(?=")/m.exec(text)?.[0] ?? 2;
  return {
    text: notes.length > 0 ? `${JSON.stringify(app, null, indentation)}\n` : text,
    notes,
    added: Object.assign({}, ...results.map((result) => result.added)),
    ...(conflicts.length > 0 && {
      byHand: `Other versions than tested:\n\n${conflicts.join('\n')}`,
    }),
  };
};
