import mapValues from 'lodash/mapValues.js';
import omit from 'lodash/omit.js';
import omitBy from 'lodash/omitBy.js';
import { isBrought, MANIFEST } from '../add-to/brought-files.mjs';
import { manifestText } from '../add-to/manifest.mjs';
import { neededPackages } from '../add-to/packages.mjs';
import { blobHash } from '../add-to/update.mjs';
import { readme } from './readme.mjs';

const WORKSHOP =
  /^((maintainers|\.ci|\.github|scripts\/(adopt|add-to))\/|tests\/unit\/add-to\.test\.ts$)/;
const ABOUT_THE_STARTER = /^(SECURITY\.md|docs\/images\/demo.*)$/;
const EXAMPLE = [
  /^src\/api\/photo\//,
  /^tests\/http\/(photos|shown-emails)\.test\.ts$/,
  /^examples\/browser\//,
];

/** Removes blocks from `<!-- name -->` to `<!-- /name -->`, in code from `// name` to `// /name`. */
const withoutBlocks = (text, name) =>
  text.replace(
    new RegExp(
      `^[ \\t]*(<!--|//) ${name}\\b[^\\n]*\\n[\\s\\S]*?(<!--|//) /${name}\\b[^\\n]*\\n+`,
      'gm',
    ),
    '',
  );

/** Removes the marks of blocks, and keeps their content. */
const withoutMarks = (text, name) =>
  text.replace(new RegExp(`^[ \\t]*<!-- /?${name} -->\\n+`, 'gm'), '');

/** Without the comments that say which test of the workshop runs a code block. */
const withoutTestMarks = (text) =>
  text.replace(/^[ \t]*<!-- (code blocks tested|tested|copied from|not run): [^]*?-->\n+/gm, '');

const withoutLinesOf = (text, word) =>
  text
    .split('\n')
    .filter((line) => !line.includes(word))
    .join('\n');

const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`;

const changelog = (version) => `# Changelog

## 0.1.0

Begun from strapi-refresh-token-starter ${version}.
`;

const WORKFLOW = `name: CI

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - run: npm ci
      - run: npm run validate
`;

const EMPTY_APP = `export default {
  bootstrap() {
    // Runs when the app boots: docs/your-code.md.
  },
};
`;

const manifest = (text, { name, description, isTemplate, hasExample }) => {
  const project = { ...JSON.parse(text), version: '0.1.0' };
  if (!isTemplate) Object.assign(project, { name, description, license: 'UNLICENSED' });
  const gone = hasExample ? ['adopt', 'add-to'] : ['adopt', 'add-to', 'demo'];
  project.scripts = omit(project.scripts, gone);
  project.devDependencies = omit(project.devDependencies, ['magic-string']);
  if (!hasExample) {
    project.devDependencies = omit(project.devDependencies, ['concurrently', 'vite']);
    project.scripts = mapValues(project.scripts, (script) =>
      script.replace(/( && tsc -p)? examples\/browser(\/tsconfig\.json)?/, ''),
    );
  }
  return asJson(project);
};

const lockFile = (text, { name, isTemplate }) => {
  const lock = JSON.parse(text);
  if (isTemplate) return text;
  Object.assign(lock, { name, version: '0.1.0' });
  Object.assign(lock.packages[''], { name, version: '0.1.0', license: 'UNLICENSED' });
  return asJson(lock);
};

const openApiWithoutExample = (text) => {
  const document = JSON.parse(text);
  document.paths = omitBy(document.paths, (_, address) => address.startsWith('/photos'));
  document.tags = document.tags.filter(({ name }) => name !== 'Photos');
  return asJson(document);
};

const postmanWithoutExample = (text) => {
  const isOfExample = (entry) => /\/api\/photos/.test(JSON.stringify(entry.request?.url ?? ''));
  const pruned = (entry) => ({
    ...entry,
    ...(entry.item ? { item: entry.item.filter((one) => !isOfExample(one)).map(pruned) } : {}),
  });
  return asJson(pruned(JSON.parse(text)));
};

const typesWithoutExample = (text) =>
  text
    .replace(/export interface ApiPhotoPhoto [\s\S]*?\n}\n\n?/, '')
    .replace(/^.*'api::photo\.photo': ApiPhotoPhoto;\n/m, '');

const manifestOfFork = (files, read) => {
  const project = JSON.parse(read('package.json'));
  const brought = new Map(files.filter(isBrought).map((file) => [file, read(file)]));
  const app = { isTypeScript: true, strapi: project.dependencies['@strapi/strapi'] };
  const { dependencies, devDependencies } = neededPackages(brought, project, app);
  return manifestText({
    version: project.version,
    files: Object.fromEntries([...brought].map(([file, text]) => [file, blobHash(text)])),
    packages: { ...dependencies, ...devDependencies },
  });
};

const withoutExample = {
  'src/index.ts': () => EMPTY_APP,
  'docs/openapi.json': openApiWithoutExample,
  'postman/refresh-tokens.postman_collection.json': postmanWithoutExample,
  'types/generated/contentTypes.d.ts': typesWithoutExample,
};

/** Configuration files with lines about `maintainers/`. */
const NAMES_WORKSHOP =
  /^(\.prettierignore|\.dockerignore|\.gitignore|eslint\.config\.mjs|tsconfig\.json|tests\/tsconfig\.json|vitest\.config\.mts)$/;

/**
 * Returns what happens to each file.
 *
 * @param {object} options
 * @param {string | undefined} options.name
 * @param {string | undefined} options.description
 * @param {'keep' | 'remove'} options.example
 * @param {boolean} options.isTemplate whether to create a template for create-strapi-app
 * @param {string[]} options.files every file of the project, relative to its root
 * @param {(file: string) => string} options.read
 * @returns {Map<string, string | null>} the new text of each file that changes; null removes the file
 */
export const planAdoption = ({ name, description, example, isTemplate, files, read }) => {
  const hasExample = example === 'keep';
  const { version } = JSON.parse(read('package.json'));
  const isRemoved = (file) =>
    WORKSHOP.test(file) ||
    ABOUT_THE_STARTER.test(file) ||
    (!hasExample && EXAMPLE.some((pattern) => pattern.test(file)));

  const changed = (file) => {
    const text = read(file);
    if (file === 'package.json')
      return manifest(text, { name, description, isTemplate, hasExample });
    if (file === 'package-lock.json') return lockFile(text, { name, isTemplate });
    if (!hasExample && withoutExample[file]) return withoutExample[file](text);
    if (NAMES_WORKSHOP.test(file)) {
      return withoutLinesOf(withoutBlocks(text, 'maintainers'), 'maintainers');
    }
    if (!file.endsWith('.md')) return text;
    const product = withoutTestMarks(withoutBlocks(text, 'maintainers'));
    return hasExample ? withoutMarks(product, 'example') : withoutBlocks(product, 'example');
  };

  const plan = new Map();
  for (const file of files) {
    if (isRemoved(file)) plan.set(file, null);
    else if (/\.(md|json|mjs|mts|ts)$|ignore$/.test(file)) {
      const text = changed(file);
      if (text !== read(file)) plan.set(file, text);
    }
  }
  plan.set('README.md', readme({ name, description, isTemplate, hasExample, version }));
  plan.set('CHANGELOG.md', changelog(version));
  plan.set('.github/workflows/ci.yml', WORKFLOW);
  if (!isTemplate) {
    plan.set('LICENSE', null);
    plan.set('LICENSE-starter', read('LICENSE'));
  }
  if (!hasExample) plan.set('src/api/.gitkeep', '');
  // So that `npm run add-to -- FORK --update` of a later version knows what this one has brought.
  plan.set(MANIFEST, manifestOfFork(files, read));
  return plan;
};
