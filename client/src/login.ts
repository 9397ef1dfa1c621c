import type { AuthError } from './errors.ts';

/** Ends the calls and streams that were begun under one login. */
export const createLogin = () => {
  const controller = new AbortController();
  let error: AuthError | null = null;
  return {
    signal: controller.signal,
    /** Why it has ended; null while it lasts. The signal has no reason in React Native. */
    get error() {
      return error;
    },
    end(reason: AuthError) {
      error = reason;
      controller.abort(reason);
    },
  };
};

export type Login = ReturnType<typeof createLogin>;
