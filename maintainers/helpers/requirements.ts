import { spawnSync } from 'node:child_process';

/** Whether a program can be started. */
export const hasProgram = (name: string, versionFlag: string): boolean =>
  spawnSync(name, [versionFlag], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).status === 0;

/**
 * Whether the requirements of some tests are met. Prints a message if the tests have to be skipped.
 *
 * @param tests the name of the tests, for the message
 * @param requirements whether each requirement is met, by name
 * @throws with `CI=true`, instead of skipping tests
 */
export const isRunnable = (tests: string, requirements: Record<string, boolean>): boolean => {
  const missing = Object.keys(requirements).filter((name) => !requirements[name]);
  if (missing.length === 0) return true;
  const message = `${tests}: missing ${missing.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(message);
  process.stdout.write(`${message}; the tests are skipped.\n`);
  return false;
};
