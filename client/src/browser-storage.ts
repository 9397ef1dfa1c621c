import type { TokenStorage } from './types.ts';
import { IN_COOKIE } from './vault.ts';

/** In milliseconds. */
const [MESSAGE_DELAY, LOCK_TIMEOUT] = [100, 10_000];

/** Runs in one tab at a time if the browser has `navigator.locks`. This only saves requests. */
const withLock = <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const { locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  // Browsers have locks in secure contexts only: HTTPS and localhost (MDN, Web Locks API).
  if (!locks) return run();
  return new Promise((resolve) => {
    const hold = () => {
      const running = run();
      resolve(running);
      // Keep the lock until the message of this tab has reached the next one.
      const delay = () => new Promise((done) => setTimeout(done, MESSAGE_DELAY));
      return running.catch(() => undefined).then(delay);
    };
    const signal = AbortSignal.timeout(LOCK_TIMEOUT);
    locks.request(name, { signal }, hold).catch(() => resolve(run()));
  });
};

/**
 * Keeps in `localStorage` that somebody is logged in, and the `Idempotency-Key` of a refresh. No token is in it.
 *
 * @param name the same in all tabs that share a login, and in no other
 */
export const createBrowserStorage = (name: string): TokenStorage => {
  // Used if the browser refuses to store: storage is disabled, or full.
  let inMemory: string | null = null;
  let isLasting = true;
  const attempt = <T>(run: (storage: Storage) => T): T | undefined => {
    try {
      const result = run(localStorage);
      isLasting = true;
      return result;
    } catch {
      isLasting = false;
    }
  };
  return {
    get isLasting() {
      return isLasting;
    },
    read() {
      const stored = attempt((storage) => storage.getItem(name));
      // Without a storage nothing is known: the server has to be asked.
      return inMemory ?? (stored === undefined ? IN_COOKIE : stored);
    },
    write(value) {
      attempt((storage) => storage.setItem(name, value));
      inMemory = isLasting ? null : value;
    },
    remove() {
      inMemory = null;
      attempt((storage) => storage.removeItem(name));
    },
    lock: (run) => withLock(name, run),
  };
};
