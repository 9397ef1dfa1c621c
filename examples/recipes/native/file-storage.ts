import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { SecureStorage } from './session';

/**
 * Stores the value in a file that only its owner can read. For a command-line tool that runs once at a time:
 * parallel processes would need a lock from the read to the write. On a phone use the Keychain or Keystore.
 */
export const createFileStorage = (file: string): SecureStorage => ({
  async read() {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
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
});
