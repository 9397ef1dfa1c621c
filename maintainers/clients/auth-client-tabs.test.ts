import { describe, expect, it } from 'vitest';
import { pass, settle, useFakeBrowser, withoutChannel, withoutLocks, type Tab } from './auth-tabs';
import { refusing } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openTab, openLoggedIn } = browser;

/** Four tabs of one user. */
const openFour = async (): Promise<Tab[]> => {
  const tabs = [await openLoggedIn(), openTab(), openTab(), openTab()];
  await settle(Promise.all(tabs.slice(1).map(({ auth }) => auth.refresh())));
  await pass(200);
  for (const { events } of tabs) events.length = 0;
  return tabs;
};

const refreshesDuring = async (run: () => Promise<unknown>): Promise<number> => {
  const before = browser.api.count(REFRESH);
  await run();
  return browser.api.count(REFRESH) - before;
};

const statusesOf = async (tabs: readonly Tab[], path = ME) => {
  const answers = await settle(Promise.all(tabs.map(({ auth }) => auth.fetch(path))));
  return answers.map(({ status }) => status);
};

/** No tab has been told that a session is over. */
const expectAllLoggedIn = async (tabs: readonly Tab[]) => {
  const told = tabs.flatMap(({ events }) => events.map(({ type }) => type));
  expect(told.filter((type) => type !== 'refresh')).toEqual([]);
  expect(await statusesOf(tabs)).toEqual(tabs.map(() => 200));
};

describe('Four tabs', () => {
  it('share what one of them has refreshed', async () => {
    const tabs = await openFour();

    expect(await refreshesDuring(() => settle(tabs[0]?.auth.refresh() ?? Promise.reject()))).toBe(
      1,
    );
    await pass(200);

    expect(tabs.map(({ events }) => events)).toMatchObject([
      [{ type: 'refresh', by: 'this tab' }],
      ...Array(3).fill([{ type: 'refresh', by: 'another tab' }]),
    ]);
    await expectAllLoggedIn(tabs);
    const tokens = browser.api.requests.slice(-4).map(({ authorization }) => authorization);
    expect(new Set(tokens).size).toBe(1);
  });

  it('need one refresh for all in the long run, not one each', async () => {
    const tabs = await openFour();

    const refreshes = await refreshesDuring(() => pass(30 * MINUTE));

    expect(refreshes).toBeLessThanOrEqual(6);
    await expectAllLoggedIn(tabs);
  });

  const refreshAtOnce = async () => {
    const tabs = await openFour();
    browser.api.script(ME, ...Array(4).fill(() => refusing(401, 'Invalid credentials')));
    const refreshes = await refreshesDuring(async () => {
      expect(await statusesOf(tabs)).toEqual([200, 200, 200, 200]);
    });
    await expectAllLoggedIn(tabs);
    return refreshes;
  };

  it('refresh at once with one request where there are locks', async () => {
    expect(await refreshAtOnce()).toBe(1);
  });

  it('refresh at once and stay logged in where there are none', async () => {
    withoutLocks();
    expect(await refreshAtOnce()).toBeLessThanOrEqual(4);
  });

  it('refresh at once and stay logged in where there is no channel either', async () => {
    withoutLocks();
    withoutChannel();
    expect(await refreshAtOnce()).toBe(4);
  });

  it('wait for a tab that holds the lock and does not let go, but not for ever', async () => {
    const tab = await openLoggedIn();
    const never = new Promise(() => undefined);
    void navigator.locks.request(`auth ${browser.api.origin}`, () => never).catch(() => undefined);
    const start = Date.now();

    await settle(tab.auth.refresh());

    expect(Date.now() - start).toBeLessThan(11 * SECOND);
    await expectAllLoggedIn([tab]);
  });

  it('have nothing to do with those of another API', async () => {
    const tabs = await openFour();
    const stranger = new BroadcastChannel('auth https://other.example.com');

    stranger.postMessage({ type: 'logout' });
    await pass(200);

    await expectAllLoggedIn(tabs);
  });
});

describe('What happens in another tab', () => {
  it('a login logs in here as well', async () => {
    const here = openTab();

    await openLoggedIn();

    expect(here.events).toMatchObject([{ type: 'login', userId: 1, by: 'another tab' }]);
    expect(await statusesOf([here])).toEqual([200]);
  });

  it('a logout logs out here as well', async () => {
    const [first, ...others] = await openFour();

    await settle(first?.auth.logout() ?? Promise.reject());
    await pass(200);

    for (const { events } of others) {
      expect(events).toEqual([{ type: 'logout', by: 'another tab' }]);
    }
    expect(await statusesOf(others)).toEqual([403, 403, 403]);
    expect(await refreshesDuring(() => pass(10 * MINUTE))).toBe(0);
  });

  it('the end of a session is one here as well', async () => {
    const [first, ...others] = await openFour();
    browser.api.endSession();

    await settle(first?.auth.refresh() ?? Promise.reject());
    await pass(200);

    for (const { events } of others) {
      expect(events).toEqual([{ type: 'ended', reason: 'revoked', by: 'another tab' }]);
    }
  });

  it('a logout is not undone by a refresh that was under way here', async () => {
    withoutLocks();
    const [first, second] = await openFour();
    const refreshing = second?.auth.refresh();

    await settle(Promise.all([refreshing, first?.auth.logout()]));
    await pass(200);

    expect(first?.events.at(-1)).toMatchObject({ type: 'logout' });
    expect(second?.events.at(-1)).toMatchObject({ type: 'logout' });
  });
});

describe('Somebody else who logs in in another tab', () => {
  it('is who is logged in here, too', async () => {
    const here = await openLoggedIn('ada');

    await openLoggedIn('bob');

    expect(here.events).toMatchObject([{ type: 'login', userId: 2, by: 'another tab' }]);
    const answer = await settle(here.auth.fetch(ME));
    expect(await answer.json()).toMatchObject({ userId: 2 });
  });

  it('does not get what the one before has asked for', async () => {
    const here = await openLoggedIn('ada');
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));

    const asked = here.auth.fetch(ME, { method: 'POST', body: 'from Ada' });
    asked.catch(() => undefined);
    await openLoggedIn('bob');

    await expect(settle(asked)).rejects.toMatchObject({ code: 'account changed' });
    expect(browser.api.requests.filter(({ body }) => body === 'from Ada')).toHaveLength(1);
  });

  it('is noticed by the next refresh where tabs cannot talk', async () => {
    withoutChannel();
    const here = await openLoggedIn('ada');
    await openLoggedIn('bob');
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));

    const asked = here.auth.fetch(ME, { method: 'POST', body: 'from Ada' });

    await expect(settle(asked)).rejects.toMatchObject({ code: 'account changed' });
    expect(here.events).toMatchObject([{ type: 'login', userId: 2, by: 'this tab' }]);
  });

  it('is told apart from the same user who logs in again', async () => {
    const here = await openLoggedIn('ada');

    await openLoggedIn('ada');

    expect(here.events).toMatchObject([{ type: 'login', userId: 1, by: 'another tab' }]);
  });
});
