import markdown from '@eslint/markdown';
import tseslint from 'typescript-eslint';
import projectConfig from '../../eslint.config.mjs';
import { hashComments } from './hash-comments.mjs';
import { plainWords } from './plain-words.mjs';

const plugins = {
  markdown,
  words: { rules: { 'plain-words': plainWords }, processors: { 'hash-comments': hashComments } },
};
const rules = { 'words/plain-words': 'error' };

/**
 * Checks words and nothing else. Comments such as `eslint-disable` are for the rules of the project, so
 * they have no effect here; `--quiet` leaves out the warning about each.
 */
export default [
  { ignores: projectConfig.find(({ ignores }) => ignores).ignores },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' }, plugins },
  { files: ['**/*.{js,cjs,mjs}'], rules },
  {
    files: ['**/*.{ts,tsx,mts}'],
    languageOptions: { parser: tseslint.parser },
    rules,
  },
  { files: ['**/*.md'], language: 'markdown/gfm', rules },
  {
    files: ['**/*.{sh,yml,yaml,conf}', '.ci/run', 'Dockerfile', '**/.env.example', '.gitignore'],
    processor: 'words/hash-comments',
  },
];
