import process from 'node:process';
import { parseArgs } from 'node:util';

/**
 * Parses the arguments of a script. `--help` prints the help and ends the process with 0; a wrong argument prints the reason
 * and ends it with 2.
 *
 * @param {string} help the text of `--help`
 * @param {import('node:util').ParseArgsConfig['options']} options without `help`
 * @param {{ positionals?: string[] }} names what has to be given without a name
 * @returns the values by name, and `positionals` if there are some
 */
export const parseOptions = (help, options, { positionals: names = [] } = {}) => {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: names.length > 0,
    });
    if (!values.help) {
      if (positionals.length !== names.length) throw new Error(`Give ${names.join(' and ')}.`);
      return names.length > 0 ? { ...values, positionals } : values;
    }
  } catch (error) {
    console.error(`${error.message}\nTry --help.`);
    return process.exit(2);
  }
  console.log(help);
  return process.exit(0);
};
