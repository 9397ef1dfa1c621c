import { inject, onMounted, shallowRef, type App, type InjectionKey, type ShallowRef } from 'vue';
import type { AuthClient } from './create-auth-client.ts';
import type { AuthState, AuthUser } from './types.ts';

interface Auth<User> {
  /** Who is logged in. On a server, and while a page is hydrated, it is `loading`. */
  readonly state: Readonly<ShallowRef<AuthState<User>>>;
  readonly auth: AuthClient<User>;
}

const KEY: InjectionKey<Auth<unknown> & { start(): void }> = Symbol('auth');

/** Gives a client to all components: `app.use(authPlugin, auth)`. Create the client once for the page. */
export const authPlugin = {
  install<User>(app: App, client: AuthClient<User>) {
    const auth = client as AuthClient<unknown>;
    // Not `auth.state`: a page that is hydrated has to begin as the server has rendered it.
    const state = shallowRef<AuthState<unknown>>({
      ...{ status: 'loading', user: null, reason: null, error: null },
    });
    let stop: (() => void) | undefined;
    const start = () => {
      stop ??= auth.subscribe((next) => void (state.value = next));
    };
    app.provide(KEY, { state, auth, start });
    app.onUnmount(() => stop?.());
  },
};

/**
 * Returns who is logged in, as a ref, and the client. Call it in `setup` of a component.
 *
 * @throws {Error} without `authPlugin`
 */
export const useAuth = <User = AuthUser>(): Auth<User> => {
  const found = inject(KEY, null);
  if (!found) throw new Error('useAuth needs app.use(authPlugin, client)');
  // A server mounts nothing, and so sends nothing.
  onMounted(found.start);
  return found as unknown as Auth<User>;
};
