import { spawnSync } from 'node:child_process';

/** Whether a program can be started. */
export const hasProgram = (name: string, versionFlag: string): boolean =>
  spawnSync(name, [versionFlag], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).status === 0;

/**
 * Whether everything is there that some tests need. Where it is not they are skipped, and one line
 * says why.
 *
 * @param needs what is needed, by name, and whether it is there
 * @throws under `CI=true`, where a test that is skipped would go unnoticed
 */
export const isRunnable = (tests: string, needs: Record<string, boolean>): boolean => {
  const missing = Object.keys(needs).filter((name) => !needs[name]);
  if (missing.length === 0) return true;
  const message = `${tests}: there is no ${missing.join(' and no ')} here`;
  if (process.env.CI === 'true') throw new Error(message);
  process.stdout.write(`${message}; the tests are skipped.\n`);
  return false;
};
