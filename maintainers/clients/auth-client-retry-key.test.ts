import { describe, expect, it } from 'vitest';
import {
  pass,
  settle,
  useFakeBrowser,
  withoutChannel,
  withoutLocks,
  withoutStorage,
  type Tab,
} from './auth-tabs';
import { LATENCY, LEEWAY, refusing } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const HOUR = 3_600_000;

const browser = useFakeBrowser();
const { openTab, openLoggedIn } = browser;

const statusOf = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

/** Refreshes, and kills the tab when the server has rotated and before its answer arrives. */
const killWhileRefreshing = async ({ auth }: Tab) => {
  browser.api.script(REFRESH, 'hanging');
  auth.refresh().catch(() => undefined);
  await pass(LATENCY);
  browser.kill();
};

describe('The Idempotency-Key of a refresh', () => {
  it('is random, and long enough for the server', async () => {
    const { auth } = await openLoggedIn();

    await settle(auth.refresh());

    expect(browser.api.keys()).toEqual([expect.stringMatching(/^[\x21-\x7e]{22,128}$/)]);
  });

  it.each([
    ['is lost', 'lost'],
    ['does not come', 'hanging'],
    ['is a page of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
  ] as const)('is the same for each retry where the answer %s', async (_name, fate) => {
    const { auth } = await openLoggedIn();
    browser.api.script(REFRESH, ...Array<typeof fate>(3).fill(fate));
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await pass(2 * LEEWAY);

    await settle(auth.refresh());

    const keys = browser.api.keys();
    expect(keys.length).toBeGreaterThan(3);
    expect(new Set(keys.slice(0, 4))).toEqual(new Set([keys[0]]));
  });

  it('is the same after a 429', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(REFRESH, () => refusing(429, 'Too many requests', { 'Retry-After': '5' }));
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });

    await pass(6000);

    const [first, second] = browser.api.keys();
    expect(second).toBe(first);
  });

  it('is another for the next refresh token', async () => {
    const { auth } = await openLoggedIn();

    for (let count = 0; count < 3; count += 1) {
      await settle(auth.refresh());
      await pass(LEEWAY + 1);
    }

    expect(new Set(browser.api.keys()).size).toBe(3);
  });

  it('is another after a login, whose token it does not belong to', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(REFRESH, 'dead', 'dead', 'dead');
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await settle(auth.login('bob', 'correct-horse'));

    await settle(auth.refresh());

    const [first, , , last] = browser.api.keys();
    expect(last).not.toBe(first);
  });

  it('is the same in all tabs that refresh at once', async () => {
    withoutLocks();
    withoutChannel();
    await openLoggedIn();
    const tabs = [openTab(), openTab(), openTab()];

    await settle(Promise.all(tabs.map(({ auth }) => auth.refresh())));

    expect(browser.api.keys()).toHaveLength(3);
    expect(new Set(browser.api.keys()).size).toBe(1);
  });

  it('is not left in the browser when its answer has arrived', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(REFRESH, 'lost');
    const refreshing = auth.refresh();
    refreshing.catch(() => undefined);
    await pass(1);
    expect(localStorage.length).toBe(1);

    await settle(refreshing);

    expect(localStorage.length).toBe(0);
  });

  it('is not left in the browser where nobody is logged in', async () => {
    await settle(openTab().auth.refresh());

    expect(browser.api.keys()).toHaveLength(1);
    expect(localStorage.length).toBe(0);
  });

  it('works in memory where the browser stores nothing', async () => {
    withoutStorage();
    const tab = await openLoggedIn();
    browser.api.script(REFRESH, 'lost', 'lost', 'lost');
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await pass(HOUR);

    expect(await statusOf(tab)).toBe(200);
    const keys = browser.api.keys();
    expect(keys[3]).toBe(keys[0]);
    expect(keys[4]).not.toBe(keys[0]);
  });
});

describe('A tab that is killed after it has sent a refresh', () => {
  it('stays logged in when it is opened again a day later', async () => {
    await killWhileRefreshing(await openLoggedIn());
    await pass(24 * HOUR);
    const again = openTab();

    await settle(again.auth.refresh());

    expect(again.events).toMatchObject([{ type: 'login', userId: 1 }]);
    expect(await statusOf(again)).toBe(200);
    const [sent, resent] = browser.api.keys();
    expect(resent).toBe(sent);
  });

  it('leaves its key to the other tabs', async () => {
    await openLoggedIn();
    await killWhileRefreshing(openTab());
    await pass(HOUR);
    const other = openTab();

    await settle(other.auth.refresh());

    expect(await statusOf(other)).toBe(200);
  });

  it('would be logged out without the key', async () => {
    await killWhileRefreshing(await openLoggedIn());
    localStorage.removeItem(`retry key of ${browser.api.origin}/api`);
    await pass(HOUR);
    const again = openTab();

    await settle(again.auth.refresh());

    expect(again.events).toMatchObject([{ type: 'ended', reason: 'expired' }]);
  });
});
