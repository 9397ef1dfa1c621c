import NetInfo from '@react-native-community/netinfo';
import { randomUUID } from 'expo-crypto';
import * as SecureStore from 'expo-secure-store';
import { AppState } from 'react-native';
import { createAuthClient } from 'strapi-refresh-token-client';
import { createSecureStorage, watchApp } from 'strapi-refresh-token-client/expo';

export const auth = createAuthClient({
  url: 'https://api.example.com',
  transport: 'body',
  storage: createSecureStorage(SecureStore),
  createKey: randomUUID,
});
watchApp(auth, AppState, NetInfo);
