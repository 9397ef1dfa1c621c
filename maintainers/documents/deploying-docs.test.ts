import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const read = (...names: string[]): string => readFileSync(path.join(projectRoot, ...names), 'utf8');

/** The first column of the table of symptoms. */
const symptoms = (read('docs', 'deploying.md').split('\n## Symptom, cause, fix\n')[1] ?? '')
  .split('\n')
  .filter((row) => row.startsWith('| '))
  .slice(2)
  .map((row) => row.split(' | ')[0]?.slice(2).trim());

/** The titles of the tests that reproduce symptoms. */
const reproduced = readdirSync(path.join(projectRoot, 'maintainers', 'deployment'))
  .filter((name) => name.startsWith('symptoms'))
  .flatMap((name) => [...read('maintainers', 'deployment', name).matchAll(/\bit\('(.*)', async/g)])
  .map(([, title]) => title);

it('docs/deploying.md lists exactly the symptoms that tests reproduce', () => {
  expect(symptoms.length).toBeGreaterThan(20);
  expect([...symptoms].sort()).toEqual([...reproduced].sort());
});
