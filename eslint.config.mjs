import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'build/',
      '.cache/',
      '.strapi/',
      '.tmp/',
      'types/generated/',
      'node_modules/',
      '**/.next/',
      '**/.svelte-kit/',
      '**/next-env.d.ts',
      'examples/recipes/sveltekit/build/',
      'maintainers/existing-apps/{typescript,javascript}/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    languageOptions: { globals: globals.node },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      complexity: ['error', 10],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['scripts/**', '*.config.*', 'client/size.mjs'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.cjs', 'database/**', 'tests/fixtures/api/**'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  // maintainers
  { files: ['maintainers/**/*.mjs'], rules: { 'no-console': 'off' } },
  {
    files: ['maintainers/bench/variants/**'],
    languageOptions: { sourceType: 'commonjs', globals: { strapi: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  // /maintainers
  {
    files: ['src/admin/**'],
    ...reactHooks.configs['recommended-latest'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['src/extensions/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: '@strapi/utils',
          importNames: ['errors'],
          allowTypeImports: true,
          message: 'Take them from strapi-errors: an app can have several copies of @strapi/utils.',
        },
      ],
    },
  },
  {
    files: ['client/src/**', 'examples/browser/**'],
    languageOptions: { globals: globals.browser },
  },
  prettier,
);
