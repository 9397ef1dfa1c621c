import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const feature = path.join(projectRoot, 'src/extensions/users-permissions/refresh-tokens');
const entries = readdirSync(feature, { recursive: true, withFileTypes: true });

it('docs/architecture.md describes each folder of the extension', () => {
  const page = readFileSync(path.join(projectRoot, 'docs/architecture.md'), 'utf8');
  const rows = [...page.matchAll(/^\| \d +\| (`.*?`) +\|/gm)].map(([, cell]) => cell).join(' ');
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `\`${name}/\``);

  expect(folders.length).toBeGreaterThan(5);
  expect(folders.filter((folder) => !rows.includes(folder))).toEqual([]);
});

it('no two files of the extension have the same name', () => {
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
