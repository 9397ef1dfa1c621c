import type { AuthEvent, AuthState } from './types.ts';

/** Creates a list of listeners, and the function that calls them. */
const createListeners = <T>() => {
  const listeners = new Set<(value: T) => void>();
  return {
    add(listener: (value: T) => void) {
      // A function of its own for each subscription, so that one listener may subscribe twice.
      const own = (value: T) => listener(value);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    /** One microtask for each listener: an error that one throws must not interrupt the client. */
    notify(value: T) {
      listeners.forEach((own) => queueMicrotask(() => listeners.has(own) && own(value)));
    },
  };
};

/** Creates the state that an app shows, with its listeners and those of events. */
export const createObservers = <User>() => {
  let state: AuthState<User> = { status: 'loading', user: null, reason: null, error: null };
  const states = createListeners<AuthState<User>>();
  const { add: on, notify: emit } = createListeners<AuthEvent>();
  return {
    on,
    emit,
    get state() {
      return state;
    },
    /** Changes the state, unless everything in it stays the same. */
    setState(next: AuthState<User>) {
      const names = ['status', 'user', 'reason', 'error'] as const;
      if (names.every((name) => state[name] === next[name])) return;
      state = next;
      states.notify(state);
    },
    subscribe(listener: (state: AuthState<User>) => void) {
      listener(state);
      return states.add(listener);
    },
  };
};
