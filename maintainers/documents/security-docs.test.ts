import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/** `tests/http/login.test.ts › title of a test`; a title may hold backticks of its own. */
const REFERENCE = /`(tests\/[\w./-]+\.test\.ts) › (.+?)`(?= +(?:`tests\/|\|))/g;

const document = readFileSync(path.join(projectRoot, 'docs/security.md'), 'utf8');

/** The rows of the table "Threats", each with the tests that it names. */
const threats = (document.split('\n## Threats\n')[1]?.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| **'))
  .map((line) => ({
    name: /\*\*(.+?)\*\*/.exec(line)?.[1] ?? line,
    tests: [...line.matchAll(REFERENCE)].map(([, file = '', title = '']) => ({ file, title })),
  }));

describe('docs/security.md', () => {
  it('lists the threats', () => {
    expect(threats.length).toBeGreaterThan(20);
  });

  it.each(threats)('names tests that exist for: $name', ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { file, title } of tests) {
      const source = path.join(projectRoot, file);
      expect(existsSync(source), file).toBe(true);
      expect(readFileSync(source, 'utf8')).toContain(title);
    }
  });
});
