import { createHmac } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createAuthClient } from '../../client/src/index';
import { createSecureStorage, watchApp } from '../../client/src/expo';
import { createIdempotencyKeys } from '../../client/src/server';
import { advanceTime, settle, useFakeBrowser } from './fake-browser';
import { phone } from './fake-expo';

const REFRESH = '/api/token/refresh';
const browser = useFakeBrowser();

/** A fake of the module `expo-secure-store`, which keeps values while the app does not run. */
const createSecureStore = () => {
  const values = new Map<string, string>();
  return {
    values,
    getItemAsync: async (name: string) => values.get(name) ?? null,
    setItemAsync: async (name: string, value: string) => void values.set(name, value),
    deleteItemAsync: async (name: string) => void values.delete(name),
  };
};

const openApp = (store: ReturnType<typeof createSecureStore>) => {
  const { origin: url } = browser.api;
  return createAuthClient({ url, transport: 'body', storage: createSecureStorage(store) });
};

describe('An app on a phone', () => {
  it('keeps its login in the key store of the system', async () => {
    const store = createSecureStore();
    await settle(openApp(store).login({ identifier: 'ada', password: 'correct-horse' }));
    expect([...store.values.keys()]).toEqual(['auth']);
    const restarted = openApp(store);

    await settle(restarted.refresh());
    expect(restarted.state.status).toBe('in');
    await settle(restarted.logout());

    expect(store.values.size).toBe(0);
  });

  it('tries again in the foreground, and with a network', () => {
    const resume = vi.fn();
    const listeners: { app?: (state: string) => void; net?: (isConnected: boolean) => void } = {};
    const remove = vi.fn();
    const stop = watchApp(
      { resume },
      {
        addEventListener: (_type, listener) => {
          listeners.app = listener;
          return { remove };
        },
      },
      {
        addEventListener: (listener) => {
          listeners.net = (isConnected) => listener({ isConnected });
          return remove;
        },
      },
    );

    listeners.app?.('background');
    listeners.net?.(false);
    expect(resume).not.toHaveBeenCalled();
    listeners.app?.('active');
    listeners.net?.(true);
    expect(resume).toHaveBeenCalledTimes(2);
    stop();

    expect(remove).toHaveBeenCalledTimes(2);
  });
});

describe('The `Idempotency-Key` of a web server', () => {
  const secret = 'a secret of the web server';

  it('is the HMAC-SHA256 of the refresh token, the same in each process', async () => {
    const expected = createHmac('sha256', secret).update('a.refresh.token').digest('base64url');

    expect(await createIdempotencyKeys(secret)('a.refresh.token')).toBe(expected);
    expect(expected).toMatch(/^[\x21-\x7e]{22,128}$/);
  });

  it('differs with the secret', async () => {
    const [own, other] = [createIdempotencyKeys(secret), createIdempotencyKeys(`${secret}!`)];

    expect(await own('a')).not.toBe(await other('a'));
    expect(() => createIdempotencyKeys('')).toThrow('secret');
  });
});

describe('The recipe for a page', () => {
  it('shows who is logged in', async () => {
    const { auth, showUser, loadSessions } = await import('../../examples/recipes/page/auth');
    const element = { textContent: '' } as Element;

    showUser(element);
    expect(element.textContent).toBe('One moment …');
    await advanceTime(100);
    expect(element.textContent).toBe('Please log in. ');
    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    expect(element.textContent).toBe('Welcome, ada');
    browser.api.script('/api/auth/sessions', () => Response.json({ data: [] }));
    expect(await settle(loadSessions())).toEqual([]);

    auth.close();
  });
});

describe('The recipe for Expo', () => {
  it('logs in, and refreshes in the foreground', async () => {
    vi.stubGlobal('location', undefined);
    const { auth } = await import('../../examples/recipes/expo/auth');
    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    expect(phone.values.get('auth')).toMatch(/^\S+$/);
    browser.api.script(REFRESH, 'offline', 'offline', 'offline');
    auth.refresh().catch(() => undefined);
    await advanceTime(1500);
    expect(auth.state.error).not.toBeNull();
    phone.comeToForeground();
    await advanceTime(100);
    expect(auth.state.error).toBeNull();
    auth.close();
  });
});
