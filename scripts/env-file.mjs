import { randomBytes } from 'node:crypto';
import { loadSettings } from './load-settings.mjs';

const SECRET_BYTES = 32;

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
  try {
    loadSettings('settings').readSettings(environment, false);
    return [];
  } catch (error) {
    if (!Array.isArray(error.problems)) throw error;
    return error.problems;
  }
};
