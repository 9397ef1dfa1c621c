import { defineConfig } from 'vitest/config';

/** Strapi boots for real in each HTTP test file; a cold machine needs its time. */
const BOOT_TIMEOUT = 120_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'http',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/http/**/*.test.ts'],
          // `strapi.destroy()` removes every listener of the process: forked workers do not survive it.
          pool: 'threads',
          // Files that run one after another share a worker: Strapi's modules take two seconds to load.
          isolate: false,
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'storm',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/storm/**/*.test.ts'],
          // Each file starts several servers; two at a time would only measure the machine.
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'deployment',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/deployment/**/*.test.ts'],
          // As for `http`.
          pool: 'threads',
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'postman',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/postman/**/*.test.ts'],
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'recipes',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/recipes/**/*.test.ts'],
          pool: 'threads',
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/browser/**/*.test.ts'],
          // As in the HTTP tests: a Strapi is booted and destroyed in the test's own process.
          pool: 'threads',
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'screenshots',
          globalSetup: ['tests/helpers/compile.ts'],
          include: ['tests/screenshots/**/*.ts'],
          pool: 'threads',
          hookTimeout: 10 * BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
