import markdown from '@eslint/markdown';
import { ESLint, RuleTester } from 'eslint';
import { describe, expect, it } from 'vitest';
import { plainWords } from './plain-words.mjs';
import { projectRoot } from '../../tests/helpers/paths.ts';

Object.assign(RuleTester, { describe, it, itOnly: it.only });

const NONE =
  'Write "does not exist", "is not set", "is not a", or "without one" instead of "is none".';

const code = new RuleTester();

code.run('plain-words in code', plainWords, {
  valid: [
    'const world = "people hand out what there is none of";',
    '// The `world` of `people` is code.',
    '// Other people’s code calls this; JWT stands for JSON Web Token; a nonesuch, worldwide.',
    'log("the weather in the world");',
    'it.each(cases)("$story", () => {});',
    '// Each user is\nthere(); // none of them is shown twice',
    '// Databases from before the index was added.',
  ],
  invalid: [
    {
      name: 'a phrase in a comment',
      code: 'call();\n/** Undefined where there is none. */',
      errors: [{ message: NONE, line: 2, column: 27, endLine: 2, endColumn: 34 }],
    },
    {
      name: 'a phrase across the lines of one comment',
      code: '/**\n * Undefined where there is\n * none.\n */\n// or is\n// none',
      errors: [
        { message: NONE, line: 2, endLine: 3 },
        { message: NONE, line: 5, endLine: 6 },
      ],
    },
    {
      name: 'a comment at the end of a line, in capitals',
      code: 'const users = []; // People',
      errors: [
        { message: 'Write "users", "developers", or "callers" instead of "People".', column: 22 },
      ],
    },
    {
      name: 'titles of tests',
      code: `
        describe('The world', () => {});
        it('is none', () => {});
        it.each([1])('%i is none', () => {});
        test.skipIf(true)(\`is none for \${name}\`, () => {});`,
      errors: [
        { messageId: 'riddle', line: 2, column: 23 },
        { messageId: 'riddle', line: 3, column: 13 },
        { messageId: 'riddle', line: 4, column: 26 },
        { messageId: 'riddle', line: 5, column: 28 },
      ],
    },
  ],
});

const document = new RuleTester({ plugins: { markdown }, language: 'markdown/gfm' });

document.run('plain-words in Markdown', plainWords, {
  valid: ['Questions that people ask.', 'A `world` of code.\n\n```sh\necho world\n```'],
  invalid: [
    {
      name: 'prose, tables and comments',
      code: '# The weather\n\n| a |\n| - |\n| is none |\n\n<!-- is none -->',
      errors: [
        { messageId: 'riddle', line: 1, column: 7 },
        { messageId: 'riddle', line: 5, column: 3 },
        { messageId: 'riddle', line: 7, column: 6 },
      ],
    },
    {
      name: 'a phrase across lines',
      code: 'Undefined where there is\nnone.',
      errors: [{ message: NONE, line: 1, endLine: 2 }],
    },
  ],
});

describe('plain-words in a file whose comments begin with #', () => {
  it('reports the place in that file', async () => {
    const eslint = new ESLint({
      cwd: projectRoot,
      overrideConfigFile: 'maintainers/words/eslint.config.mjs',
    });
    const [{ messages }] = await eslint.lintText('echo "the world"\n  # The world.\n', {
      filePath: 'deploy/start.sh',
    });

    expect(messages).toMatchObject([{ ruleId: 'words/plain-words', line: 2, column: 9 }]);
  });
});
