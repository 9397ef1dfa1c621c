import { describe, expect, it } from 'vitest';
import { createAuthClient, type TokenStorage } from '../../client/src/index';
import { advanceTime, settle, useFakeBrowser } from './fake-browser';
import { LEEWAY, errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const LOGOUT = '/api/auth/logout';
const ME = '/api/users/me';
const ADA = { identifier: 'ada', password: 'correct-horse' };

const browser = useFakeBrowser();

/** A key store whose faults a test sets. */
const createStorage = () => {
  const storage = {
    value: null as string | null,
    isBroken: false,
    read: async () => storage.value,
    write: async (value: string) => {
      if (storage.isBroken) throw new Error('The key store is locked');
      storage.value = value;
    },
    remove: async () => void (storage.value = null),
  };
  return storage;
};

const openApp = (storage: TokenStorage) =>
  createAuthClient({ url: browser.api.origin, transport: 'body', storage });

const openLoggedInApp = async () => {
  const storage = createStorage();
  const auth = openApp(storage);
  await settle(auth.login(ADA));
  return { auth, storage };
};

const statusOfMe = async (auth: ReturnType<typeof openApp>) =>
  (await settle(auth.fetch(ME))).status;

/** Lets the next refresh reach the server, and breaks the storage before its answer. */
const breakDuringRefresh = (storage: ReturnType<typeof createStorage>) => {
  const { write } = storage;
  storage.write = async (value) => {
    await write(value);
    storage.isBroken = true;
  };
  return () => Object.assign(storage, { write, isBroken: false });
};

describe('A client with the body transport', () => {
  it('keeps the refresh token in its storage, and restores the login', async () => {
    const { storage } = await openLoggedInApp();
    expect(storage.value).toMatch(/^\S+$/);
    const restarted = openApp(storage);

    await settle(restarted.refresh());

    expect(restarted.state).toMatchObject({ status: 'in', user: { username: 'ada' } });
  });

  it('sends nothing if the storage is empty', async () => {
    const auth = openApp(createStorage());

    await settle(auth.refresh());

    expect(auth.state.status).toBe('out');
    expect(browser.api.requests).toEqual([]);
  });

  it('keeps the key beside the token until the answer is stored', async () => {
    const { auth, storage } = await openLoggedInApp();
    const token = storage.value;
    browser.api.script(REFRESH, 'hanging');
    const refreshing = auth.refresh();
    await advanceTime(100);
    expect(storage.value).toBe(`${token} ${browser.api.keys()[0]}`);

    await settle(refreshing);

    expect(storage.value).not.toContain(' ');
    expect(storage.value).not.toBe(token);
  });

  it.each([
    ['goes on', true],
    ['is restarted', false],
  ])(
    'stays logged in when the new token cannot be stored and the app %s',
    async (_name, goesOn) => {
      const { auth, storage } = await openLoggedInApp();
      const repair = breakDuringRefresh(storage);
      await settle(auth.refresh());
      expect(await statusOfMe(auth)).toBe(200);
      repair();
      await advanceTime(LEEWAY + 1);

      const later = goesOn ? auth : openApp(storage);
      await settle(later.refresh());

      expect(later.state.status).toBe('in');
      const [first, second] = browser.api.keys();
      expect(second).toBe(first);
    },
  );

  it('sends no refresh if its key cannot be stored, and tries again', async () => {
    const { auth, storage } = await openLoggedInApp();
    storage.isBroken = true;

    await expect(settle(auth.refresh())).rejects.toMatchObject({
      code: 'unavailable',
      cause: { message: 'The key store is locked' },
    });
    expect(browser.api.count(REFRESH)).toBe(0);
    storage.isBroken = false;
    await advanceTime(5000);

    expect(browser.api.count(REFRESH)).toBe(1);
    expect(auth.state).toMatchObject({ status: 'in', error: null });
  });

  it('keeps a new login in memory while the storage is broken', async () => {
    const storage = createStorage();
    storage.isBroken = true;
    const auth = openApp(storage);
    await settle(auth.login(ADA));
    await settle(auth.refresh());
    expect(auth.state.status).toBe('in');
    storage.isBroken = false;
    await advanceTime(LEEWAY + 1);

    await settle(auth.refresh());

    expect(storage.value).toMatch(/^\S+$/);
  });

  it('stays logged in after a change of the own password', async () => {
    const { auth, storage } = await openLoggedInApp();
    await settle(auth.changePassword({ currentPassword: 'correct-horse', password: 'new-horse' }));

    const restarted = openApp(storage);
    await settle(restarted.refresh());

    expect(restarted.state.status).toBe('in');
    expect(await statusOfMe(auth)).toBe(200);
  });

  it('makes up for a logout without a network', async () => {
    const { auth, storage } = await openLoggedInApp();
    browser.api.script(LOGOUT, 'offline', 'offline', 'offline');
    await expect(settle(auth.logout())).rejects.toMatchObject({ code: 'unavailable' });
    expect(auth.state.status).toBe('in');

    await settle(auth.logout());

    expect(browser.api.count(LOGOUT)).toBe(4);
    expect([auth.state.status, storage.value]).toEqual(['out', null]);
  });

  it('sends a body that is a stream again after a 401', async () => {
    const { auth } = await openLoggedInApp();
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));
    const body = new Blob(['{"title":"Sea"}']).stream();

    const response = await settle(
      auth.fetch(ME, { method: 'POST', body, duplex: 'half' } as RequestInit),
    );

    expect(await response.json()).toMatchObject({ body: '{"title":"Sea"}' });
  });

  it('uses `createKey`, for platforms without `crypto`', async () => {
    const key = 'of-a-random-generator-';
    const { storage } = await openLoggedInApp();
    const { origin: url } = browser.api;
    const auth = createAuthClient({ url, transport: 'body', storage, createKey: () => key });

    await settle(auth.refresh());

    expect(browser.api.keys()).toEqual([key]);
  });
});

describe('Two processes with one storage', () => {
  it('stay logged in when the refresh of one is held up', async () => {
    const { storage } = await openLoggedInApp();
    const [slow, fast] = [openApp(storage), openApp(storage)];
    browser.api.script(REFRESH, 'hanging');
    const refreshing = slow.refresh();
    await advanceTime(100);

    await settle(fast.refresh());
    await settle(refreshing);

    expect([slow.state.status, fast.state.status]).toEqual(['in', 'in']);
    const [first, second] = browser.api.keys();
    expect(second).toBe(first);
  });

  it('take over a login of the other one when their own is refused', async () => {
    const { storage } = await openLoggedInApp();
    const [slow, other] = [openApp(storage), openApp(storage)];
    browser.api.script(REFRESH, 'hanging');
    const refreshing = slow.refresh();
    await advanceTime(100);

    await settle(other.logout());
    await settle(other.login({ identifier: 'bob', password: 'correct-horse' }));
    await settle(refreshing);

    expect(slow.state).toMatchObject({ status: 'in', user: { username: 'bob' } });
  });

  it('keep what the other one has stored when an answer is late', async () => {
    const { auth, storage } = await openLoggedInApp();
    const refreshing = auth.refresh();
    await advanceTime(10);

    storage.value = 'of-another-login';
    await settle(refreshing);

    expect(storage.value).toBe('of-another-login');
  });

  it('use what the other one has stored if both begin at the same time', async () => {
    const { storage } = await openLoggedInApp();
    const { write } = storage;
    const key = 'of-the-other-process-xx';
    storage.write = async (value) => {
      storage.write = write;
      await write(value);
      await write(`${value.split(' ')[0]} ${key}`);
    };

    await settle(openApp(storage).refresh());

    expect(browser.api.keys()).toEqual([key]);
  });

  it('take turns with the lock of the storage', async () => {
    const { storage } = await openLoggedInApp();
    let queue: Promise<unknown> = Promise.resolve();
    const lock = <T>(run: () => Promise<T>): Promise<T> => {
      const result = queue.then(run);
      queue = result;
      return result;
    };
    const shared = { ...storage, lock };
    const apps = [openApp(shared), openApp(shared)];

    await settle(Promise.all(apps.map((app) => app.refresh())));

    const [first, second] = browser.api.requests.filter(({ path }) => path === REFRESH);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(20);
  });
});
