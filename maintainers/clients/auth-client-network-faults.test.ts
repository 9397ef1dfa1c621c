import { describe, expect, it } from 'vitest';
import type { AuthEvent } from '../../client/src/index';
import { advanceTime, settle, useFakeBrowser, type Tab } from './fake-browser';
import { LATENCY, errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openLoggedInTab } = browser;

const statusOfMe = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

const typesOf = (events: readonly AuthEvent[]) => events.map(({ type }) => type);

describe('The browser client with a faulty network', () => {
  it.each(['dropped', 'hanging'] as const)(
    'repeats a refresh if the response is %s',
    async (fate) => {
      const tab = await openLoggedInTab();
      browser.api.script(REFRESH, fate);

      await settle(tab.auth.refresh());

      expect(browser.api.count(REFRESH)).toBe(2);
      expect(typesOf(tab.events)).toEqual(['refresh']);
      expect(await statusOfMe(tab)).toBe(200);
    },
  );

  it('starts every attempt of a refresh within the leeway', async () => {
    const tab = await openLoggedInTab();
    const start = Date.now();
    browser.api.script(REFRESH, 'hanging', 'hanging', 'hanging');

    await expect(settle(tab.auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });

    const starts = browser.api.requests
      .filter(({ path }) => path === REFRESH)
      .map(({ at }) => at - start);
    expect(starts).toHaveLength(3);
    expect(starts.every((after) => after < 10 * SECOND)).toBe(true);
  });

  const html = () => new Response('<h1>Welcome to our hotel</h1>', { status: 200 });

  it.each([
    ['a network error', 'offline'],
    ['a 500', () => errorResponse(500, 'Internal Server Error')],
    ['a 502 of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
    ['a page of another server with status 200', html],
    [
      'a page of another server with status 401',
      () => new Response('<h1>Who?</h1>', { status: 401 }),
    ],
  ] as const)('stays logged in and tries again after %s', async (_name, fate) => {
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, ...Array<typeof fate>(6).fill(fate));

    await expect(settle(tab.auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    expect(typesOf(tab.events)).toEqual(['unavailable']);
    expect(await statusOfMe(tab)).toBe(200);
    await advanceTime(30 * SECOND);

    expect(typesOf(tab.events)).toEqual(['unavailable', 'unavailable', 'refresh']);
  });

  it('waits for the `Retry-After` of a 429', async () => {
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, () =>
      errorResponse(429, 'Too many requests', { 'Retry-After': '40' }),
    );
    const start = Date.now();

    const failure = { code: 'unavailable', message: 'Too many requests' };
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject(failure);
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject(failure);
    await advanceTime(39 * SECOND);
    expect(browser.api.count(REFRESH)).toBe(1);
    expect(await statusOfMe(tab)).toBe(200);
    await advanceTime(2 * SECOND);

    expect(browser.api.count(REFRESH)).toBe(2);
    const retryAt = start + LATENCY + 40 * SECOND;
    expect(tab.events).toMatchObject([{ type: 'unavailable', retryAt }, { type: 'refresh' }]);
  });

  it('retries at growing intervals of at most about a minute', async () => {
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, ...Array<'offline'>(300).fill('offline'));

    tab.auth.refresh().catch(() => undefined);
    await advanceTime(10 * MINUTE);

    const retries = tab.events.map((event) => ('retryAt' in event ? event.retryAt : 0));
    const gaps = retries.slice(1).map((at, index) => at - (retries[index] ?? 0));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(retries.length).toBeLessThan(16);
    expect(gaps.at(-1)).toBeLessThan(65 * SECOND);
  });

  it('rejects a request that needs a new token while no refresh is possible', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));
    browser.api.script(REFRESH, 'offline', 'offline', 'offline');

    await expect(settle(auth.fetch(ME))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
