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
