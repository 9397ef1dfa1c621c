import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { SecureStorage } from './session';

/**
 * A file that only its owner can read: for a command line tool, of which one runs at a time. Several would
 * need a lock from the read to the write. A phone has a Keychain or Keystore instead.
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
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, value, { mode: 0o600, flush: true });
    // Within one folder a rename is atomic: a reader sees the old value or the new one.
    await rename(draft, file);
  },

  remove: () => rm(file, { force: true }),
});
