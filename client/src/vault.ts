import type { TokenStorage } from './types.ts';

/** With cookies this stands for the refresh token, which no script can read. */
export const IN_COOKIE = 'cookie';

/** A refresh token and its `Idempotency-Key`. */
export interface Credential {
  readonly token: string;
  readonly key: string;
}

/** Returns 128 random bits in hexadecimal. `randomUUID` needs HTTPS, this does not. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

/**
 * Keeps the refresh token and its `Idempotency-Key` in one value of the storage: the token, and behind a space the key
 * from the first request of a refresh until its answer is stored. The key belongs to the token, not to a request: a retry
 * sends the same one, and so does another tab, another process, or an app that was killed. The server then returns the
 * same successor, even a day later. The key is useless without the token.
 */
export const createVault = (storage: TokenStorage, createKey: () => string) => {
  /** A new login that the storage has refused to keep. */
  let unsaved: string | null = null;
  const read = async (): Promise<string | null> => unsaved ?? (await storage.read());
  const token = async () => (await read())?.split(' ')[0] || null;

  /** Stores the token of a new login, if need be in memory. With null it forgets the login. */
  const replace = async (next: string | null): Promise<void> => {
    unsaved = null;
    try {
      await (next === null ? storage.remove() : storage.write(next));
    } catch {
      unsaved = next;
    }
  };

  /**
   * Returns what to send with a refresh; null if nobody is logged in.
   *
   * @param fallback the token where the storage has none
   * @throws the error of a storage that does not keep the key: then the refresh must not be sent
   */
  const begin = async (fallback: string | null): Promise<Credential | null> => {
    const [stored, key] = ((await read()) ?? fallback ?? '').split(' ');
    if (!stored) return null;
    if (key) return { token: stored, key };
    const value = `${stored} ${createKey()}`;
    try {
      await storage.write(value);
      unsaved = null;
    } catch (error) {
      if (unsaved === null) throw error;
      unsaved = value;
    }
    // Another process may have written at the same time: what it has stored counts for both.
    return begin(value);
  };

  return {
    begin,

    /** Returns the stored token; null if nobody is logged in. */
    token,

    /**
     * Stores the token that a refresh has brought; null if the login has ended. If the storage fails, the next refresh
     * sends the old token and its key once more, and gets the same answer.
     */
    async renew(sent: string, next: string | null): Promise<void> {
      // Otherwise another process is further: a late answer must not undo that.
      if ((await token()) !== sent) return;
      const isInMemory = unsaved !== null;
      await replace(next);
      if (!isInMemory) unsaved = null;
    },

    replace,
  };
};
