import type { TokenStorage } from './types.ts';

/** Keeps the login until the process ends. */
export const createMemoryStorage = (): TokenStorage => {
  let stored: string | null = null;
  return {
    read: () => stored,
    write: (value) => void (stored = value),
    remove: () => void (stored = null),
  };
};
