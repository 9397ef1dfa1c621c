import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const SETTINGS = fileURLToPath(
  new URL('../src/extensions/users-permissions/refresh-tokens/settings/', import.meta.url),
);

/**
 * Loads a module of the extension's `settings`, so that a script applies the same rules as the server.
 *
 * @param name of the file, without `.ts`
 * @returns what it exports
 */
export const loadSettings = (name) => {
  const { unregister } = require('esbuild-register/dist/node').register({ target: 'node20' });
  try {
    return require(`${SETTINGS}${name}.ts`);
  } finally {
    unregister();
  }
};
