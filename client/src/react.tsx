'use client';

import { createContext, Fragment, useContext, useSyncExternalStore, type ReactNode } from 'react';
import type { AuthClient } from './create-auth-client.ts';
import type { AuthState, AuthUser } from './types.ts';

/** What a server renders, and a browser before it knows more: the state of every new client. */
const LOADING: AuthState<never> = { status: 'loading', user: null, reason: null, error: null };

const Context = createContext<AuthClient<unknown> | null>(null);

/** Gives a client to the components below. Create the client outside of components, once for the page. */
export const AuthProvider = <User,>({
  client,
  children,
}: {
  readonly client: AuthClient<User>;
  readonly children: ReactNode;
}) => <Context.Provider value={client as AuthClient<unknown>}>{children}</Context.Provider>;

/**
 * Returns who is logged in, and the client as `auth`. The component renders again when that changes.
 *
 * @throws {Error} without an `AuthProvider` above
 */
export const useAuth = <User = AuthUser,>(): AuthState<User> & {
  readonly auth: AuthClient<User>;
} => {
  const auth = useContext(Context) as AuthClient<User> | null;
  if (!auth) throw new Error('useAuth needs an <AuthProvider> above it');
  const state = useSyncExternalStore(
    auth.subscribe,
    () => auth.state,
    () => LOADING,
  );
  return { ...state, auth };
};

/**
 * Shows its children to users who are logged in. They are mounted anew when another user logs in, so that no state of a
 * component passes from one user to the next.
 */
export const Protected = ({
  children,
  fallback = null,
  loading = null,
}: {
  readonly children: ReactNode;
  /** For everybody else: a login form, or a redirect of your router. */
  readonly fallback?: ReactNode;
  /** While it is not known yet who is logged in. */
  readonly loading?: ReactNode;
}) => {
  const { status, user } = useAuth<{ readonly id?: number }>();
  if (status === 'loading') return loading;
  return status === 'in' ? <Fragment key={user.id}>{children}</Fragment> : fallback;
};
