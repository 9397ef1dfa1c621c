import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SECRET_BYTES = 32;
const SETTINGS = 'src/extensions/users-permissions/refresh-tokens/settings/settings.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Returns a new random secret, as text without padding. */
export const freshSecret = () => randomBytes(SECRET_BYTES).toString('base64url');

/** Sets a variable in the text of an env file: replaces its value, or adds it at the end. */
export const withVariable = (text, name, value) => {
  const line = new RegExp(`^(\\s*(?:export\\s+)?${name}[ \\t]*=)[^\\r\\n]*`, 'gm');
  if (line.test(text)) return text.replace(line, (_, start) => `${start}${value}`);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
};

/** Returns the settings that would stop the boot, as `{ variable, message }`. */
export const settingsProblems = (environment) => {
  const require = createRequire(import.meta.url);
  const { unregister } = require('esbuild-register/dist/node').register({ target: 'node20' });
  try {
    const { readSettings } = require(path.join(root, SETTINGS));
    readSettings(environment, false);
    return [];
  } catch (error) {
    if (!Array.isArray(error.problems)) throw error;
    return error.problems;
  } finally {
    unregister();
  }
};
