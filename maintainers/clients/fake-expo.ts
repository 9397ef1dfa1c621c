/** Fakes of the modules of a phone that examples/recipes/expo imports. */
const values = new Map<string, string>();
const appListeners = new Set<(state: string) => void>();

/** What a test sees and does of the phone. */
export const phone = {
  values,
  comeToForeground: () => appListeners.forEach((listener) => listener('active')),
};

// expo-secure-store
export const getItemAsync = async (name: string) => values.get(name) ?? null;
export const setItemAsync = async (name: string, value: string) => void values.set(name, value);
export const deleteItemAsync = async (name: string) => void values.delete(name);

// expo-crypto
export const randomUUID = () => crypto.randomUUID();

// react-native
export const AppState = {
  addEventListener: (_type: 'change', listener: (state: string) => void) => {
    appListeners.add(listener);
    return { remove: () => void appListeners.delete(listener) };
  },
};

// @react-native-community/netinfo
export default { addEventListener: () => () => undefined };
