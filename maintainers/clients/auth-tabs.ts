import { afterEach, beforeEach, vi } from 'vitest';
import {
  createAuthClient,
  type AuthClient,
  type AuthEvent,
} from '../../examples/browser/auth-client';
import { createFakeApi, type FakeApi } from './fake-api';
import { createFakeTabs } from './fake-tabs';

/** One tab of the browser; `events` fills with what its app hears. */
export interface Tab {
  readonly auth: AuthClient;
  readonly events: AuthEvent[];
}

/** A browser in front of a fake API, in fake time. */
export interface FakeBrowser {
  readonly api: FakeApi;
  openTab(): Tab;
  /** Opens a tab and logs in there; what was heard until then is forgotten. */
  openLoggedIn(name?: string): Promise<Tab>;
  /** Kills all tabs: nothing of them runs any more. The browser keeps its cookies and its storage. */
  kill(): void;
}

/** Lets milliseconds pass, and whatever is due in them happen. */
export const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** Lets time pass until this has come to an end. */
export const settle = async <T>(promise: Promise<T>): Promise<T> => {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => undefined);
  while (!isSettled) await pass(10);
  return settled;
};

/** Takes from the browser what the client is to do without. */
export const withoutLocks = () => vi.stubGlobal('navigator', {});
export const withoutChannel = () => {
  // `in` has to say no, as it does in a browser that has none.
  Reflect.deleteProperty(globalThis, 'BroadcastChannel');
};

/** The storage of an origin. */
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

const refuse = () => {
  throw new DOMException('The operation is insecure', 'SecurityError');
};
/** As where the settings of the browser forbid storage. */
export const withoutStorage = () =>
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });

/** Gives each test of a file a new browser. */
export const useFakeBrowser = (): FakeBrowser => {
  let api: FakeApi | undefined;
  const open: AuthClient[] = [];

  const server = (): FakeApi => {
    if (!api) throw new Error('The browser is there only while tests run');
    return api;
  };

  /** No channel is open, and no lock is held. */
  const useNewTabs = () => {
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
    useNewTabs();
    // Node's own goes by the real time.
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

  const openTab = (): Tab => {
    const auth = createAuthClient(server().origin);
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
    async openLoggedIn(name = 'ada') {
      const tab = openTab();
      await settle(tab.auth.login(name, 'correct-horse'));
      // The other tabs hear of it.
      await pass(200);
      tab.events.length = 0;
      return tab;
    },
    kill() {
      vi.clearAllTimers();
      useNewTabs();
    },
  };
};
