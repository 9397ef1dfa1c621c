import { afterEach, beforeEach, vi } from 'vitest';
import {
  createAuthClient,
  type AuthClient,
  type AuthClientOptions,
  type AuthEvent,
} from '../../client/src/index';
import { createFakeApi, type FakeApi } from './fake-api';
import { createFakeTabs } from './fake-tabs';

export interface Tab {
  readonly auth: AuthClient;
  /** The events of the client since the tab was opened. */
  readonly events: AuthEvent[];
}

/** A fake browser with fake timers, in front of a fake API. */
export interface FakeBrowser {
  readonly api: FakeApi;
  openTab(options?: AuthClientOptions): Tab;
  /** Fires an event of the page in all tabs. */
  fire(type: 'online' | 'focus' | 'pageshow', fields?: object): void;
  /** Opens a tab, logs in and clears the recorded events. */
  openLoggedInTab(name?: string): Promise<Tab>;
  /** Kills all tabs. The browser keeps its cookie and its storage. */
  killTabs(): void;
}

/** Advances the fake timers, and awaits the callbacks that are due. */
export const advanceTime = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** Advances the fake timers until the promise is settled. Resolves or rejects like the promise. */
export const settle = async <T>(promise: Promise<T>): Promise<T> => {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => undefined);
  while (!isSettled) await advanceTime(10);
  return settled;
};

/** Removes `navigator.locks` for the rest of the test. */
export const removeLocks = () => vi.stubGlobal('navigator', {});
/** Removes `BroadcastChannel` for the rest of the test. */
export const removeBroadcastChannel = () => {
  // Deleted instead of set to undefined, since the client looks for it with `in`.
  Reflect.deleteProperty(globalThis, 'BroadcastChannel');
};

const createFakeStorage = () => {
  const items = new Map<string, string>();
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
    get length() {
      return items.size;
    },
  };
};

const throwSecurityError = () => {
  throw new DOMException('The operation is insecure', 'SecurityError');
};
/** Replaces `localStorage` with one that throws, as if the browser's settings forbid it. */
export const forbidStorage = () =>
  vi.stubGlobal('localStorage', {
    getItem: throwSecurityError,
    setItem: throwSecurityError,
    removeItem: throwSecurityError,
  });

/** Creates a new browser for each test of a file. */
export const useFakeBrowser = (): FakeBrowser => {
  let api: FakeApi | undefined;
  let page = new EventTarget();
  const open: AuthClient[] = [];

  const server = (): FakeApi => {
    if (!api) throw new Error('The browser exists only while a test runs');
    return api;
  };

  const resetTabs = () => {
    const { BroadcastChannel, locks } = createFakeTabs();
    vi.stubGlobal('BroadcastChannel', BroadcastChannel);
    vi.stubGlobal('navigator', { locks });
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
    const fake = createFakeApi();
    api = fake;
    vi.stubGlobal('fetch', fake.fetch);
    vi.stubGlobal('localStorage', createFakeStorage());
    vi.stubGlobal('location', new URL('https://app.example.com/page'));
    page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    resetTabs();
    // Node's own `AbortSignal.timeout` does not use the fake timers.
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      const controller = new AbortController();
      const reason = new DOMException('Timed out', 'TimeoutError');
      setTimeout(() => controller.abort(reason), milliseconds);
      return controller.signal;
    });
  });

  afterEach(() => {
    for (const auth of open.splice(0)) auth.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const openTab = (options: AuthClientOptions = {}): Tab => {
    const auth = createAuthClient({ url: server().origin, ...options });
    const events: AuthEvent[] = [];
    auth.on((event) => events.push(event));
    open.push(auth);
    return { auth, events };
  };

  return {
    get api() {
      return server();
    },
    openTab,
    fire: (type, fields = {}) => void page.dispatchEvent(Object.assign(new Event(type), fields)),
    async openLoggedInTab(name = 'ada') {
      const tab = openTab();
      await settle(tab.auth.login({ identifier: name, password: 'correct-horse' }));
      // Deliver the messages to the other tabs.
      await advanceTime(200);
      tab.events.length = 0;
      return tab;
    },
    killTabs() {
      vi.clearAllTimers();
      resetTabs();
    },
  };
};
