import type { AuthClient } from './create-auth-client.ts';
import type { TokenStorage } from './types.ts';

/** The part of `expo-secure-store` that is used here. */
export interface SecureStore<Options> {
  getItemAsync(name: string, options?: Options): Promise<string | null>;
  setItemAsync(name: string, value: string, options?: Options): Promise<void>;
  deleteItemAsync(name: string, options?: Options): Promise<void>;
}

/**
 * Keeps the refresh token and its key as one value in the Keychain or Keystore.
 *
 * @param store the module `expo-secure-store`
 * @param name letters, digits, `.`, `-` and `_`
 * @param options `{ keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK }` if the app refreshes in the background
 */
export const createSecureStorage = <Options>(
  store: SecureStore<Options>,
  name = 'auth',
  options?: Options,
): TokenStorage => ({
  read: () => store.getItemAsync(name, options),
  write: (value) => store.setItemAsync(name, value, options),
  remove: () => store.deleteItemAsync(name, options),
});

interface AppState {
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}
interface NetInfo {
  addEventListener(listener: (state: { isConnected: boolean | null }) => void): () => void;
}

/**
 * Lets the client try again when the app comes to the foreground, and when the network is there again.
 *
 * @param appState `AppState` of `react-native`
 * @param netInfo `@react-native-community/netinfo`, if the app has it
 * @returns a function that stops
 */
export const watchApp = (
  client: Pick<AuthClient, 'resume'>,
  appState: AppState,
  netInfo?: NetInfo,
): (() => void) => {
  const subscription = appState.addEventListener('change', (state) => {
    if (state === 'active') client.resume();
  });
  const stop = netInfo?.addEventListener(({ isConnected }) => {
    if (isConnected) client.resume();
  });
  return () => {
    subscription.remove();
    stop?.();
  };
};

interface WebBrowser {
  openAuthSessionAsync(
    url: string,
    redirectUrl: string,
  ): Promise<{ readonly type: string; readonly url?: string }>;
}

/**
 * Logs in at a provider in the browser of the phone. Resolves to the user, or to null if they closed it.
 *
 * @param webBrowser the module `expo-web-browser`
 * @param redirectUrl the deep link of the app that the provider is configured with in Strapi: `myapp://connected`
 * @throws {AuthError}
 */
export const loginWithBrowser = async <User>(
  client: Pick<AuthClient<User>, 'loginWith' | 'completeLogin'>,
  provider: string,
  webBrowser: WebBrowser,
  redirectUrl: string,
): Promise<User | null> => {
  let start = '';
  client.loginWith(provider, (url) => void (start = url));
  const { type, url = '' } = await webBrowser.openAuthSessionAsync(start, redirectUrl);
  if (type !== 'success') return null;
  return client.completeLogin(provider, url.slice(url.indexOf('?')));
};
