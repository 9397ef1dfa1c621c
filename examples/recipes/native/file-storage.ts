import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenStorage } from 'strapi-refresh-token-client';

/** In milliseconds. Longer than all attempts of a refresh together. */
const STALE_AFTER = 30_000;
const POLL_INTERVAL = 50;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Waits for a lock file that another process has. One that was killed leaves its lock behind. */
const acquire = async (lockFile: string): Promise<void> => {
  for (;;) {
    try {
      return await writeFile(lockFile, '', { flag: 'wx' });
    } catch (error) {
      // A folder that cannot be written: the storage itself will say so.
      if (codeOf(error) !== 'EEXIST') return;
    }
    const { mtimeMs } = await stat(lockFile).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > STALE_AFTER) await rm(lockFile, { force: true });
    else await sleep(POLL_INTERVAL);
  }
};

/**
 * Stores the value in a file that only its owner can read. Processes that share the file take turns. On a phone use the
 * Keychain or Keystore.
 */
export const createFileStorage = (file: string): TokenStorage => ({
  async read() {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  },

  async write(value) {
    const temporaryFile = `${file}.${process.pid}`;
    await writeFile(temporaryFile, value, { mode: 0o600, flush: true });
    // A rename is atomic: a reader gets the old value or the new one (POSIX rename).
    await rename(temporaryFile, file);
  },

  remove: () => rm(file, { force: true }),

  async lock(run) {
    const lockFile = `${file}.lock`;
    await acquire(lockFile);
    try {
      return await run();
    } finally {
      await rm(lockFile, { force: true }).catch(() => undefined);
    }
  },
});
