import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** In milliseconds. Most test files boot Strapi, which takes longer when the disk cache is cold. */
const BOOT_TIMEOUT = 120_000;

/** Compiles the project once for all test files. */
const globalSetup = ['../tests/helpers/compile.ts'];

/** `strapi.destroy()` removes all listeners of its process, which breaks a forked worker (EPIPE). */
const pool = 'threads';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * The recipes import the package by its name, here its source, and the modules of a phone. Neither the client nor
 * the recipes find the packages of this folder.
 */
const resolve = {
  alias: [
    { find: 'strapi-refresh-token-client', replacement: pathOf('../client/src') },
    { find: /^vue$/, replacement: pathOf('node_modules/vue/index.mjs') },
    { find: /^h3$/, replacement: pathOf('node_modules/h3/dist/index.mjs') },
    { find: '$lib', replacement: pathOf('../examples/recipes/sveltekit/src/lib') },
    {
      find: /^(expo-[\w-]+|react-native|@react-native-community\/netinfo)$/,
      replacement: pathOf('clients/fake-expo.ts'),
    },
  ],
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'auth-client',
          include: ['clients/auth-client*.test.ts'],
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 60_000,
        },
      },
      {
        resolve,
        test: {
          name: 'recipes',
          globalSetup,
          include: ['clients/*.test.ts'],
          exclude: ['clients/auth-client*.test.ts'],
          pool,
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 60_000,
        },
      },
      { test: { name: 'words', include: ['words/*.test.mjs'] } },
      ...['comparison', 'databases', 'documents', 'fuzz', 'graphql'].map((name) => ({
        test: {
          name,
          globalSetup,
          include: [`${name}/*.test.ts`],
          pool,
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 60_000,
        },
      })),
      {
        test: {
          name: 'postman',
          globalSetup,
          include: ['postman/*.test.ts'],
          hookTimeout: BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup,
          include: ['browser/*.test.ts'],
          pool,
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'deployment',
          globalSetup,
          include: ['deployment/*.test.ts'],
          pool,
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 240_000,
        },
      },
      {
        resolve,
        test: {
          name: 'storms',
          globalSetup,
          include: ['storms/*.test.ts'],
          // Each file starts several servers. Parallel files would overload the machine.
          fileParallelism: false,
          hookTimeout: 2 * BOOT_TIMEOUT,
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'screenshots',
          globalSetup,
          include: ['screenshots/*.ts'],
          pool,
          hookTimeout: 10 * BOOT_TIMEOUT,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
