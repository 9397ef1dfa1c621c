import { describe, expect, it } from 'vitest';
import {
  advanceTime,
  settle,
  useFakeBrowser,
  removeBroadcastChannel,
  removeLocks,
  type Tab,
} from './fake-browser';
import { errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;

/** Opens four tabs of one user, and clears their recorded events. */
const openFourTabs = async (): Promise<Tab[]> => {
  const tabs = [await openLoggedInTab(), openTab(), openTab(), openTab()];
  await settle(Promise.all(tabs.slice(1).map(({ auth }) => auth.refresh())));
  await advanceTime(200);
  for (const { events } of tabs) events.length = 0;
  return tabs;
};

const refreshesDuring = async (run: () => Promise<unknown>): Promise<number> => {
  const before = browser.api.count(REFRESH);
  await run();
  return browser.api.count(REFRESH) - before;
};

const statusesOf = async (tabs: readonly Tab[], path = ME) => {
  const responses = await settle(Promise.all(tabs.map(({ auth }) => auth.fetch(path))));
  return responses.map(({ status }) => status);
};

/** Asserts that no tab has seen an event other than `refresh`, and that all get a 200. */
const expectAllLoggedIn = async (tabs: readonly Tab[]) => {
  const types = tabs.flatMap(({ events }) => events.map(({ type }) => type));
  expect(types.filter((type) => type !== 'refresh')).toEqual([]);
  expect(await statusesOf(tabs)).toEqual(tabs.map(() => 200));
};

describe('Four tabs', () => {
  it('share the access token when one of them refreshes', async () => {
    const tabs = await openFourTabs();

    expect(await refreshesDuring(() => settle(tabs[0]?.auth.refresh() ?? Promise.reject()))).toBe(
      1,
    );
    await advanceTime(200);

    expect(tabs.map(({ events }) => events)).toMatchObject([
      [{ type: 'refresh', by: 'this tab' }],
      ...Array(3).fill([{ type: 'refresh', by: 'another tab' }]),
    ]);
    await expectAllLoggedIn(tabs);
    const tokens = browser.api.requests.slice(-4).map(({ authorization }) => authorization);
    expect(new Set(tokens).size).toBe(1);
  });

  it('need one refresh for all of them when the access token expires', async () => {
    const tabs = await openFourTabs();

    const refreshes = await refreshesDuring(() => advanceTime(30 * MINUTE));

    expect(refreshes).toBeLessThanOrEqual(6);
    await expectAllLoggedIn(tabs);
  });

  const refreshAtOnce = async () => {
    const tabs = await openFourTabs();
    browser.api.script(ME, ...Array(4).fill(() => errorResponse(401, 'Invalid credentials')));
    const refreshes = await refreshesDuring(async () => {
      expect(await statusesOf(tabs)).toEqual([200, 200, 200, 200]);
    });
    await expectAllLoggedIn(tabs);
    return refreshes;
  };

  it('share one refresh when all get a 401 in parallel', async () => {
    expect(await refreshAtOnce()).toBe(1);
  });

  it('stay logged in when all get a 401 in parallel, without locks', async () => {
    removeLocks();
    expect(await refreshAtOnce()).toBeLessThanOrEqual(4);
  });

  it('stay logged in when all get a 401 in parallel, without locks and BroadcastChannel', async () => {
    removeLocks();
    removeBroadcastChannel();
    expect(await refreshAtOnce()).toBe(4);
  });

  it('wait at most about ten seconds for a lock that another tab does not release', async () => {
    const tab = await openLoggedInTab();
    const never = new Promise(() => undefined);
    void navigator.locks.request(`auth ${browser.api.origin}`, () => never).catch(() => undefined);
    const start = Date.now();

    await settle(tab.auth.refresh());

    expect(Date.now() - start).toBeLessThan(11 * SECOND);
    await expectAllLoggedIn([tab]);
  });

  it('ignore the messages of clients of another API', async () => {
    const tabs = await openFourTabs();
    const otherClient = new BroadcastChannel('auth https://other.example.com');

    otherClient.postMessage({ type: 'logout' });
    await advanceTime(200);

    await expectAllLoggedIn(tabs);
  });
});

describe('A tab', () => {
  it('is logged in after a login in another tab', async () => {
    const here = openTab();

    await openLoggedInTab();

    expect(here.events).toMatchObject([{ type: 'login', userId: 1, by: 'another tab' }]);
    expect(await statusesOf([here])).toEqual([200]);
  });

  it('is logged out after a logout in another tab', async () => {
    const [first, ...others] = await openFourTabs();

    await settle(first?.auth.logout() ?? Promise.reject());
    await advanceTime(200);

    for (const { events } of others) {
      expect(events).toEqual([{ type: 'logout', by: 'another tab' }]);
    }
    expect(await statusesOf(others)).toEqual([403, 403, 403]);
    expect(await refreshesDuring(() => advanceTime(10 * MINUTE))).toBe(0);
  });

  it('emits `ended` when another tab finds that the session has ended', async () => {
    const [first, ...others] = await openFourTabs();
    browser.api.endSession();

    await settle(first?.auth.refresh() ?? Promise.reject());
    await advanceTime(200);

    for (const { events } of others) {
      expect(events).toEqual([{ type: 'ended', reason: 'revoked', by: 'another tab' }]);
    }
  });

  it('stays logged out when its own refresh ends after a logout in another tab', async () => {
    removeLocks();
    const [first, second] = await openFourTabs();
    const refreshing = second?.auth.refresh();

    await settle(Promise.all([refreshing, first?.auth.logout()]));
    await advanceTime(200);

    expect(first?.events.at(-1)).toMatchObject({ type: 'logout' });
    expect(second?.events.at(-1)).toMatchObject({ type: 'logout' });
  });
});

describe('A second login in another tab', () => {
  it('changes the user of this tab, too', async () => {
    const here = await openLoggedInTab('ada');

    await openLoggedInTab('bob');

    expect(here.events).toMatchObject([{ type: 'login', userId: 2, by: 'another tab' }]);
    const response = await settle(here.auth.fetch(ME));
    expect(await response.json()).toMatchObject({ id: 2 });
  });

  it('rejects a refused request of the first user instead of repeating it', async () => {
    const here = await openLoggedInTab('ada');
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));

    const request = here.auth.fetch(ME, { method: 'POST', body: 'from Ada' });
    request.catch(() => undefined);
    await openLoggedInTab('bob');

    await expect(settle(request)).rejects.toMatchObject({ code: 'account-changed' });
    expect(browser.api.requests.filter(({ body }) => body === 'from Ada')).toHaveLength(1);
  });

  it('is found by the next refresh without BroadcastChannel, and rejects requests of the first user', async () => {
    removeBroadcastChannel();
    const here = await openLoggedInTab('ada');
    await openLoggedInTab('bob');
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));

    const request = here.auth.fetch(ME, { method: 'POST', body: 'from Ada' });

    await expect(settle(request)).rejects.toMatchObject({ code: 'account-changed' });
    expect(here.events).toMatchObject([{ type: 'login', userId: 2, by: 'this tab' }]);
  });

  it('emits `login` even if it is the same user', async () => {
    const here = await openLoggedInTab('ada');

    await openLoggedInTab('ada');

    expect(here.events).toMatchObject([{ type: 'login', userId: 1, by: 'another tab' }]);
  });
});
