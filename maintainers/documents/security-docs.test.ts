import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';

/** Matches `tests/http/login.test.ts › title of a test`. The title may contain backticks. */
const REFERENCE = /`(tests\/[\w./-]+\.test\.ts) › (.+?)`(?= +(?:`tests\/|\|))/g;

const document = readFileSync(path.join(projectRoot, 'docs/security.md'), 'utf8');

/** The rows of the table "Threats", with the tests that each refers to. */
const threats = (document.split('\n## Threats\n')[1]?.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((row) => row.startsWith('| **'))
  .map((row) => ({
    name: /\*\*(.+?)\*\*/.exec(row)?.[1] ?? row,
    tests: [...row.matchAll(REFERENCE)].map(([, file = '', title = '']) => ({ file, title })),
  }));

describe('docs/security.md', () => {
  it('has a table of threats', () => {
    expect(threats.length).toBeGreaterThan(20);
  });

  it.each(threats)('refers to existing tests for: $name', ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { file, title } of tests) {
      const source = path.join(projectRoot, file);
      expect(existsSync(source), file).toBe(true);
      expect(readFileSync(source, 'utf8')).toContain(title);
    }
  });
});
