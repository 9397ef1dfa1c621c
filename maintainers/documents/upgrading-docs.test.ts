import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

const read = (...names: string[]): string => readFileSync(path.join(projectRoot, ...names), 'utf8');

/** The cells of each row of the table "Seams". */
const rows = (read('docs', 'upgrading.md').split('\n## Seams\n')[1] ?? '')
  .split('\n')
  .filter((row) => row.startsWith('| '))
  .slice(2)
  .map((row) =>
    row
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

const titles = ['unit/plugin-seams.test.ts', 'http/strapi-seams.test.ts'].flatMap((file) =>
  [...read('tests', file).matchAll(/^ +(?:it\(|\]\)\(\s+)'(.*?)(?:: %s)?',/gm)].map(
    ([, title]) => title,
  ),
);

it('docs/upgrading.md lists exactly the seams that tests check', () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.map(([seam]) => seam).sort()).toEqual([...titles].sort());
});

it('docs/upgrading.md refers to existing files', () => {
  const roots = ['', 'src/extensions/users-permissions/refresh-tokens'];
  for (const [seam, usedIn = ''] of rows) {
    for (const [, file = ''] of usedIn.matchAll(/`([\w/-]+(?:\.ts|\.json|\/))`/g)) {
      const exists = roots.some((root) => existsSync(path.join(projectRoot, root, file)));
      expect(exists, `${seam}: ${file}`).toBe(true);
    }
  }
});
