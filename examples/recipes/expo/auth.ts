import NetInfo from '@react-native-community/netinfo';
import { randomUUID } from 'expo-crypto';
import * as SecureStore from 'expo-secure-store';
import * as WebBrowser from 'expo-web-browser';
import { AppState } from 'react-native';
import { createAuthClient } from 'strapi-refresh-token-client';
import { createSecureStorage, loginWithBrowser, watchApp } from 'strapi-refresh-token-client/expo';

export const auth = createAuthClient({
  url: 'https://api.example.com',
  transport: 'body',
  storage: createSecureStorage(SecureStore),
  createKey: randomUUID,
});
watchApp(auth, AppState, NetInfo);

/** `myapp://connected` is the scheme of app.json, and the redirect URL of the provider in Strapi. */
export const loginWithGitHub = () =>
  loginWithBrowser(auth, 'github', WebBrowser, 'myapp://connected');
