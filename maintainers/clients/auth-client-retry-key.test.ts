import { describe, expect, it } from 'vitest';
import {
  advanceTime,
  settle,
  useFakeBrowser,
  removeBroadcastChannel,
  removeLocks,
  forbidStorage,
  type Tab,
} from './fake-browser';
import { LATENCY, LEEWAY, errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const HOUR = 3_600_000;

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;

const statusOf = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

/** Where the client keeps that somebody is logged in, and the key. */
const STORED = 'auth https://api.example.com/api';
const storedValue = () => localStorage.getItem(STORED);

/** Starts a refresh, and kills all tabs after the server has rotated and before the response arrives. */
const killDuringRefresh = async ({ auth }: Tab) => {
  browser.api.script(REFRESH, 'hanging');
  auth.refresh().catch(() => undefined);
  await advanceTime(LATENCY);
  browser.killTabs();
};

describe('The `Idempotency-Key` of a refresh', () => {
  it('has 22 to 128 printable characters, as the server requires', async () => {
    const { auth } = await openLoggedInTab();

    await settle(auth.refresh());

    expect(browser.api.keys()).toEqual([expect.stringMatching(/^[\x21-\x7e]{22,128}$/)]);
  });

  it.each([
    ['is lost', 'dropped'],
    ['does not arrive', 'hanging'],
    ['is an error page of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
  ] as const)('is the same in each retry if the response %s', async (_name, fate) => {
    const { auth } = await openLoggedInTab();
    browser.api.script(REFRESH, ...Array<typeof fate>(3).fill(fate));
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await advanceTime(2 * LEEWAY);

    await settle(auth.refresh());

    const keys = browser.api.keys();
    expect(keys.length).toBeGreaterThan(3);
    expect(new Set(keys.slice(0, 4))).toEqual(new Set([keys[0]]));
  });

  it('is the same after a 429', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(REFRESH, () =>
      errorResponse(429, 'Too many requests', { 'Retry-After': '5' }),
    );
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });

    await advanceTime(6000);

    const [first, second] = browser.api.keys();
    expect(second).toBe(first);
  });

  it('differs for the next refresh token', async () => {
    const { auth } = await openLoggedInTab();

    for (let count = 0; count < 3; count += 1) {
      await settle(auth.refresh());
      await advanceTime(LEEWAY + 1);
    }

    expect(new Set(browser.api.keys()).size).toBe(3);
  });

  it('differs after a login, which brings a new refresh token', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(REFRESH, 'offline', 'offline', 'offline');
    await expect(settle(auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await settle(auth.login({ identifier: 'bob', password: 'correct-horse' }));

    await settle(auth.refresh());

    const [first, , , last] = browser.api.keys();
    expect(last).not.toBe(first);
  });

  it('is the same in all tabs that refresh in parallel', async () => {
    removeLocks();
    removeBroadcastChannel();
    await openLoggedInTab();
    const tabs = [openTab(), openTab(), openTab()];

    await settle(Promise.all(tabs.map(({ auth }) => auth.refresh())));

    expect(browser.api.keys()).toHaveLength(3);
    expect(new Set(browser.api.keys()).size).toBe(1);
  });

  it('is deleted from `localStorage` when the response has arrived', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(REFRESH, 'dropped');
    const refreshing = auth.refresh();
    refreshing.catch(() => undefined);
    await advanceTime(1);
    expect(storedValue()).toMatch(/^cookie \w{32}$/);

    await settle(refreshing);

    expect(storedValue()).toBe('cookie');
  });

  it('is deleted from `localStorage` with the logout', async () => {
    const { auth } = await openLoggedInTab();

    await settle(auth.logout());

    expect(localStorage.length).toBe(0);
  });

  it('is kept in memory if the browser forbids storage', async () => {
    forbidStorage();
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, 'dropped', 'dropped', 'dropped');
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    await advanceTime(HOUR);

    expect(await statusOf(tab)).toBe(200);
    const [, first, , , fourth, next] = browser.api.keys();
    expect(fourth).toBe(first);
    expect(next).not.toBe(first);
  });
});

describe('A tab that is killed during a refresh', () => {
  it('is logged in when it is opened again a day later', async () => {
    await killDuringRefresh(await openLoggedInTab());
    await advanceTime(24 * HOUR);
    const reopened = openTab();

    await settle(reopened.auth.refresh());

    expect(reopened.events).toMatchObject([{ type: 'login', userId: 1 }]);
    expect(await statusOf(reopened)).toBe(200);
    const [sent, resent] = browser.api.keys();
    expect(resent).toBe(sent);
  });

  it('leaves its key to other tabs, which stay logged in', async () => {
    await openLoggedInTab();
    await killDuringRefresh(openTab());
    await advanceTime(HOUR);
    const other = openTab();

    await settle(other.auth.refresh());

    expect(await statusOf(other)).toBe(200);
  });

  it('is logged out if the key is lost, too', async () => {
    await killDuringRefresh(await openLoggedInTab());
    localStorage.setItem(STORED, 'cookie');
    await advanceTime(HOUR);
    const reopened = openTab();

    await settle(reopened.auth.refresh());

    expect(reopened.events).toMatchObject([{ type: 'ended', reason: 'expired' }]);
  });
});
