import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocksOf, type CodeBlock } from './code-blocks';
import { projectRoot } from '../../tests/helpers/paths';

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: projectRoot, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => existsSync(path.join(projectRoot, page)));

/** The lines of a text without indentation, as one string. */
const withoutIndentation = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

const contains = (file: string, text: string): boolean =>
  withoutIndentation(read(file)).includes(withoutIndentation(text));

/** Whether a test reads a page by its path, or by its name when no other page has that name. */
const mentions = (test: string, page: string): boolean => {
  const name = path.basename(page);
  const isUnique = pages.filter((other) => path.basename(other) === name).length === 1;
  return read(test).includes(isUnique ? name : page);
};

const problemOfFile = (page: string, { text, mark }: CodeBlock, file: string): string[] => {
  if (!existsSync(path.join(projectRoot, file))) return [`${file} does not exist`];
  if (mark?.kind === 'copied from') return contains(file, text) ? [] : [`${file} has other code`];
  if (!/\.test\.m?ts$/.test(file)) return [`${file} is not a test`];
  return mentions(file, page) || contains(file, text) ? [] : [`${file} does not read ${page}`];
};

const problemsOf = (page: string, block: CodeBlock): string[] =>
  block.mark
    ? block.mark.files.flatMap((file) => problemOfFile(page, block, file))
    : ['no comment says which test runs it, or why none does'];

describe('The code blocks of', () => {
  it.each(pages)('%s are tested, or say why not', (page) => {
    const problems = codeBlocksOf(read(page)).flatMap((block) =>
      problemsOf(page, block).map((problem) => `${page}:${block.line}: ${problem}`),
    );

    expect(problems).toEqual([]);
  });
});

describe('A comment about a code block', () => {
  const page = [
    '<!-- code blocks tested: tests/http/login.test.ts -->',
    '',
    '```sh',
    'npm test',
    '```',
    '',
    '- In a list:',
    '',
    '  <!-- not run: a measurement -->',
    '',
    '  ```sh',
    '  time npm test',
    '  ```',
    '',
    '<!-- copied from: a.ts, b.ts -->',
    '```ts',
    'const a = 1;',
    '```',
    '',
    '    indented',
  ].join('\n');

  it('is the one directly before it, or else the one of the page', () => {
    const login = { kind: 'tested', files: ['tests/http/login.test.ts'] };

    expect(codeBlocksOf(page)).toEqual([
      { line: 3, text: 'npm test', mark: login },
      { line: 11, text: 'time npm test', mark: { kind: 'not run', files: [] } },
      { line: 16, text: 'const a = 1;', mark: { kind: 'copied from', files: ['a.ts', 'b.ts'] } },
    ]);
  });

  it('is missing where no comment is directly before a block', () => {
    expect(codeBlocksOf('<!-- not run: no -->\n\nText.\n\n```sh\nls\n```')).toEqual([
      { line: 5, text: 'ls', mark: undefined },
    ]);
  });
});
