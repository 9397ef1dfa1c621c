import process from 'node:process';
import { parseArgs } from 'node:util';

/**
 * Parses the arguments of a script. `--help` prints the help and ends the process with 0; a wrong argument prints the reason
 * and ends it with 2.
 *
 * @param {string} help the text of `--help`
 * @param {import('node:util').ParseArgsConfig['options']} options without `help`
 * @returns the values by name
 */
export const parseOptions = (help, options) => {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    if (!values.help) return values;
  } catch (error) {
    console.error(`${error.message}\nTry --help.`);
    return process.exit(2);
  }
  console.log(help);
  return process.exit(0);
};
