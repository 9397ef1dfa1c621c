import { describe, expect, it } from 'vitest';
import type { AuthEvent } from '../../examples/browser/auth-client';
import { pass, settle, useFakeBrowser, type Tab } from './auth-tabs';
import { LATENCY, refusing } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openLoggedIn } = browser;

const me = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

const typesOf = (events: readonly AuthEvent[]) => events.map(({ type }) => type);

describe('Bad weather', () => {
  it.each(['lost', 'hanging'] as const)(
    'a refresh whose answer is %s is asked for again',
    async (fate) => {
      const tab = await openLoggedIn();
      browser.api.script(REFRESH, fate);

      await settle(tab.auth.refresh());

      expect(browser.api.count(REFRESH)).toBe(2);
      expect(typesOf(tab.events)).toEqual(['refresh']);
      expect(await me(tab)).toBe(200);
    },
  );

  it('every attempt starts while the server gives the same successor again', async () => {
    const tab = await openLoggedIn();
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
    ['a dead network', 'dead'],
    ['500', () => refusing(500, 'Internal Server Error')],
    ['a proxy that answers 502', () => new Response('<h1>Bad Gateway</h1>', { status: 502 })],
    ['a page that is no answer of the API', html],
    ['a 401 that is no answer of the API', () => new Response('<h1>Who?</h1>', { status: 401 })],
  ] as const)('%s logs nobody out, and passes', async (_name, fate) => {
    const tab = await openLoggedIn();
    browser.api.script(REFRESH, ...Array<typeof fate>(6).fill(fate));

    await expect(settle(tab.auth.refresh())).rejects.toMatchObject({ code: 'unavailable' });
    expect(typesOf(tab.events)).toEqual(['unavailable']);
    expect(await me(tab)).toBe(200);
    await pass(30 * SECOND);

    expect(typesOf(tab.events)).toEqual(['unavailable', 'unavailable', 'refresh']);
  });

  it('of 429 it waits as long as the server says', async () => {
    const tab = await openLoggedIn();
    browser.api.script(REFRESH, () => refusing(429, 'Too many requests', { 'Retry-After': '40' }));
    const start = Date.now();

    const failure = { code: 'unavailable', message: 'Too many requests' };
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject(failure);
    await expect(settle(tab.auth.refresh())).rejects.toMatchObject(failure);
    await pass(39 * SECOND);
    expect(browser.api.count(REFRESH)).toBe(1);
    expect(await me(tab)).toBe(200);
    await pass(2 * SECOND);

    expect(browser.api.count(REFRESH)).toBe(2);
    const retryAt = start + LATENCY + 40 * SECOND;
    expect(tab.events).toMatchObject([{ type: 'unavailable', retryAt }, { type: 'refresh' }]);
  });

  it('it asks less and less often, and once a minute at the least', async () => {
    const tab = await openLoggedIn();
    browser.api.script(REFRESH, ...Array<'dead'>(300).fill('dead'));

    tab.auth.refresh().catch(() => undefined);
    await pass(10 * MINUTE);

    const rounds = tab.events.map((event) => ('retryAt' in event ? event.retryAt : 0));
    const gaps = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(rounds.length).toBeLessThan(16);
    expect(gaps.at(-1)).toBeLessThan(65 * SECOND);
  });

  it('a request that needs a new token meanwhile fails like one without a network', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));
    browser.api.script(REFRESH, 'dead', 'dead', 'dead');

    await expect(settle(auth.fetch(ME))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
