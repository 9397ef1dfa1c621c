import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../tests/helpers/paths';
import { parseTest, readDefences, sourceWithout } from '../defences/defences.mjs';

/** Matches `tests/http/login.test.ts › title of a test`. The title may contain backticks. */
const REFERENCE = /`(tests\/[\w./-]+\.test\.ts › .+?)`(?= +(?:`tests\/|\|))/g;

/** In the place of a reference, for a requirement that no code meets. */
const NO_CODE = /\| no code: [^|]{10,} +\|$/;

/** Its tests run in the file that calls it. */
const CONTRACTS = [
  'tests/helpers/session-store-contract.ts',
  'tests/helpers/rotate-current-contract.ts',
];

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');

const document = read('docs/security.md');

/** Returns the rows of the table below a heading. */
const rowsBelow = (heading: string): string[] =>
  (document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((row) => row.startsWith('| '))
    .slice(2);

/** The tests that a row refers to. */
const testsOf = (row: string): string[] =>
  [...row.matchAll(REFERENCE)].map(([, test = '']) => test);

const threats = rowsBelow('Threats').map((row) => ({
  name: /\*\*(.+?)\*\*/.exec(row)?.[1] ?? row,
  row,
}));

const requirements = [
  'OWASP ASVS 5.0, V7 Session Management',
  'OWASP ASVS 5.0, V9 Self-contained Tokens',
  'RFC 9700, section 4.14.2 (refresh tokens)',
].flatMap((heading) =>
  rowsBelow(heading).map((row) => {
    const [, requirement = '', met = '', how = ''] = row.split('|').map((cell) => cell.trim());
    const name = /^\d+\.\d+\.\d+/.exec(requirement)?.[0] ?? requirement;
    return { name, met, how, row };
  }),
);

const defended = [
  ...threats,
  ...requirements.filter(({ met }) => ['yes', 'in part'].includes(met)),
];
const defences = await readDefences();

/** `tests/http/doors.test.ts` and `maintainers/graphql` try them. */
const ways = rowsBelow("Strapi's own ways to a content type").map(
  (row) => row.split('|')[1]?.trim() ?? row,
);
const names = [...defended.map(({ name }) => name), ...ways];

describe('docs/security.md', () => {
  it('has a table of threats and tables of requirements', () => {
    expect(threats.length).toBeGreaterThan(20);
    expect(requirements.length).toBeGreaterThan(30);
  });

  it.each(requirements.filter((requirement) => !defended.includes(requirement)))(
    'says why $name is not met',
    ({ met, how }) => {
      expect(['no', '–']).toContain(met);
      expect(how).toMatch(/.{10,}/);
    },
  );

  it.each(defended)('refers to existing tests for: $name', ({ row }) => {
    if (NO_CODE.test(row)) return;
    expect(testsOf(row)).not.toEqual([]);
    for (const { file, title } of testsOf(row).map(parseTest)) {
      expect(read(file)).toContain(title);
    }
  });

  it.each(defended)(
    'refers to tests that notice when a defence is removed: $name',
    ({ name, row }) => {
      const noticing = defences.filter(({ rows }) => rows.includes(name)).map(({ test }) => test);

      expect(noticing).toEqual(expect.arrayContaining(testsOf(row)));
    },
  );
});

describe('The list of defences', () => {
  it('has each title once', () => {
    const titles = defences.map(({ title }) => title);

    expect(titles).toEqual([...new Set(titles)]);
  });

  it.each(defences)('fits the code, its rows and its test: $title', (defence) => {
    expect(sourceWithout(defence)).toContain(defence.after);
    const { file, title } = parseTest(defence.test);
    expect([file, ...CONTRACTS].map(read).join('')).toContain(title);
    expect(defence.rows).not.toEqual([]);
    expect(names).toEqual(expect.arrayContaining([...defence.rows]));
  });
});
