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
    ],
  },
});
