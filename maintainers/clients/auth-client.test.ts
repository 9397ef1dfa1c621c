import { describe, expect, it, vi } from 'vitest';
import type { AuthEvent } from '../../examples/browser/auth-client';
import { pass, settle, useFakeBrowser, withoutChannel, withoutLocks, type Tab } from './auth-tabs';
import { refusing } from './fake-api';

const REFRESH = '/api/token/refresh';
const LOGOUT = '/api/auth/logout';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openTab, openLoggedIn } = browser;

const me = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

const typesOf = (events: readonly AuthEvent[]) => events.map(({ type }) => type);

describe('The access token', () => {
  it('goes to the API', async () => {
    const tab = await openLoggedIn();

    expect(await me(tab)).toBe(200);
    expect(browser.api.requests.at(-1)?.authorization).toMatch(/^Bearer e30\./);
  });

  it.each([
    'https://evil.example/api/users/me',
    'http://api.example.com/api/users/me',
    'https://api.example.com:8443/api/users/me',
    'https://api.example.com.evil.example/api/users/me',
  ])('does not go to %s', async (url) => {
    const { auth } = await openLoggedIn();

    await settle(auth.fetch(url));

    expect(browser.api.requests.at(-1)).toMatchObject({ url, authorization: null });
  });

  it('stays at the API where a path only looks like another host', async () => {
    const { auth } = await openLoggedIn();

    await settle(auth.fetch('//evil.example/'));

    expect(new URL(browser.api.requests.at(-1)?.url ?? '').origin).toBe(browser.api.origin);
  });
});

describe('Before the access token expires', () => {
  it('it is refreshed, so that no request is refused', async () => {
    const tab = await openLoggedIn();

    for (let minute = 0; minute < 30; minute += 1) {
      await pass(MINUTE);
      expect(await me(tab)).toBe(200);
    }

    expect(browser.api.count(ME)).toBe(30);
    expect(browser.api.count(REFRESH)).toBeGreaterThanOrEqual(5);
    expect(browser.api.count(REFRESH)).toBeLessThanOrEqual(6);
    expect(new Set(typesOf(tab.events))).toEqual(new Set(['refresh']));
  });

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('it is refreshed in time by a clock that is %s', async (_name, clockAhead) => {
    browser.api.clockAhead = clockAhead;
    const tab = await openLoggedIn();

    await pass(4 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(0);
    await pass(2 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(1);
    expect(await me(tab)).toBe(200);
    expect(browser.api.count(ME)).toBe(1);
  });

  it('does not ask all the time where it lives longer than a timer can wait', async () => {
    browser.api.lifetime = 60 * 24 * 60 * MINUTE;
    await openLoggedIn();

    await pass(10 * MINUTE);

    expect(browser.api.count(REFRESH)).toBe(0);
  });

  it('does not ask all the time where it hardly lives at all', async () => {
    browser.api.lifetime = 0;
    await openLoggedIn();

    await pass(10 * SECOND);

    expect(browser.api.count(REFRESH)).toBeLessThanOrEqual(10);
  });
});

describe('A request that is answered with 401', () => {
  /** The server no longer takes the token, as after a sleep of the machine. */
  const openStale = async () => {
    const tab = await openLoggedIn();
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));
    return tab;
  };

  it('is sent again with a new token, body and all', async () => {
    const { auth } = await openStale();
    const request = new Request(`${browser.api.origin}${ME}`, {
      ...{ method: 'PUT', headers: { 'X-Mine': '1' }, body: '{"title":"Sunrise"}' },
    });

    const answer = await settle(auth.fetch(request));

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ userId: 1, body: '{"title":"Sunrise"}' });
    const [first, refresh, second] = browser.api.requests.slice(-3);
    expect(refresh?.path).toBe(REFRESH);
    expect(second).toMatchObject({ method: 'PUT', body: '{"title":"Sunrise"}' });
    expect(second?.authorization).not.toBe(first?.authorization);
  });

  it('is refused as `fetch` does it where its body has been read', async () => {
    const { auth } = await openLoggedIn();
    const request = new Request(`${browser.api.origin}${ME}`, { method: 'PUT', body: 'once' });
    await request.text();

    await expect(settle(auth.fetch(request))).rejects.toThrow(TypeError);
  });

  it('shares one refresh with all that wait', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(ME, ...Array(5).fill(() => refusing(401, 'Invalid credentials')));

    const answers = await settle(Promise.all(Array.from({ length: 5 }, () => auth.fetch(ME))));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('is sent twice at most', async () => {
    const { auth } = await openLoggedIn();
    browser.api.script(ME, ...Array(9).fill(() => refusing(401, 'Not you')));

    const answer = await settle(auth.fetch(ME));

    expect(answer.status).toBe(401);
    expect([browser.api.count(ME), browser.api.count(REFRESH)]).toEqual([2, 1]);
  });

  it('causes no refresh where nobody is logged in', async () => {
    const { auth } = openTab();
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));

    expect((await settle(auth.fetch(ME))).status).toBe(401);
    expect(browser.api.count(REFRESH)).toBe(0);
  });

  it('waits no longer than its caller, and the refresh goes on for the others', async () => {
    const tab = await openLoggedIn();
    browser.api.script(ME, ...Array(2).fill(() => refusing(401, 'Invalid credentials')));
    browser.api.script(REFRESH, 'hanging');
    const controller = new AbortController();
    const impatient = tab.auth.fetch(ME, { signal: controller.signal });
    impatient.catch(() => undefined);
    const patient = tab.auth.fetch(ME);

    await pass(SECOND);
    controller.abort(new Error('Never mind'));

    await expect(impatient).rejects.toThrow('Never mind');
    expect((await settle(patient)).status).toBe(200);
  });

  it('is not sent at all once it is aborted', async () => {
    const { auth } = await openLoggedIn();

    await expect(settle(auth.fetch(ME, { signal: AbortSignal.abort() }))).rejects.toThrow();
    expect(browser.api.count(ME)).toBe(0);
  });
});

describe('When the page loads', () => {
  it('the cookie logs in again, and requests wait for that', async () => {
    await openLoggedIn();
    const reloaded = openTab();

    const refreshing = reloaded.auth.refresh();
    expect(await me(reloaded)).toBe(200);

    await refreshing;
    expect(reloaded.events).toMatchObject([{ type: 'login', userId: 1, by: 'this tab' }]);
  });

  it('nothing is told where nobody was logged in', async () => {
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(events).toEqual([]);
    expect((await settle(auth.fetch(ME))).status).toBe(403);
  });

  it('an end is told where the session has ended meanwhile', async () => {
    await openLoggedIn();
    browser.api.endSession();
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(events).toEqual([{ type: 'ended', reason: 'expired', by: 'this tab' }]);
  });
});

describe('The app hears', () => {
  it('that a login was refused, and why', async () => {
    const { auth, events } = openTab();

    await expect(settle(auth.login('eve', 'guess'))).rejects.toMatchObject({
      code: 'refused',
      message: 'Invalid identifier or password',
    });
    expect(events).toEqual([]);
  });

  it('of login and logout', async () => {
    const { auth, events } = openTab();

    expect(await settle(auth.login('ada', 'correct-horse'))).toMatchObject({ username: 'ada' });
    await settle(auth.logout());

    expect(events).toMatchObject([
      { type: 'login', userId: 1, expiresAt: expect.any(Number) },
      { type: 'logout', by: 'this tab' },
    ]);
    expect((await settle(auth.fetch(ME))).status).toBe(403);
  });

  it('nothing more after it has asked for that', async () => {
    const { auth } = openTab();
    const listener = vi.fn();
    auth.on(listener)();

    await settle(auth.login('ada', 'correct-horse'));

    expect(listener).not.toHaveBeenCalled();
  });

  it.each([
    [
      'revoked',
      'the server ended it while the access token was good',
      () => browser.api.endSession(),
      0,
    ],
    ['expired', 'it may just have run out', () => browser.api.endSession(), 7 * MINUTE],
    ['no cookie', 'the cookie is gone', () => browser.api.dropCookie(), 0],
  ] as const)('that the session is over, `%s`: %s', async (reason, _name, happens, later) => {
    const tab = await openLoggedIn();
    happens();
    // A machine that sleeps fires no timers.
    vi.setSystemTime(Date.now() + later);
    browser.api.script(ME, () => refusing(401, 'Invalid credentials'));

    expect(await me(tab)).toBe(401);

    expect(tab.events).toEqual([{ type: 'ended', reason, by: 'this tab' }]);
    await pass(10 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('that the account was refused', async () => {
    const tab = await openLoggedIn();
    browser.api.script(REFRESH, () =>
      refusing(400, 'Your account has been blocked by an administrator'),
    );

    await settle(tab.auth.refresh());

    expect(tab.events).toEqual([{ type: 'ended', reason: 'refused', by: 'this tab' }]);
  });
});

describe('A logout', () => {
  it('is tried again, and is none where the server cannot be reached', async () => {
    const tab = await openLoggedIn();
    browser.api.script(LOGOUT, 'dead', 'dead', 'dead');

    await expect(settle(tab.auth.logout())).rejects.toMatchObject({ code: 'unavailable' });

    expect(browser.api.count(LOGOUT)).toBe(3);
    expect(tab.events).toEqual([]);
    expect(await me(tab)).toBe(200);
  });

  it('ends the session also where the browser keeps no cookie', async () => {
    const tab = await openLoggedIn();
    browser.api.dropCookie();
    await settle(tab.auth.fetch(ME));
    const { authorization } = browser.api.requests.at(-1) ?? {};

    await settle(tab.auth.logout());

    const headers = { Authorization: authorization ?? '' };
    expect((await settle(fetch(`${browser.api.origin}${ME}`, { headers }))).status).toBe(401);
  });

  it('is not undone by a refresh that was under way', async () => {
    withoutLocks();
    withoutChannel();
    const tab = await openLoggedIn();
    const refreshing = tab.auth.refresh();

    await settle(Promise.all([refreshing, tab.auth.logout()]));

    expect(typesOf(tab.events)).toEqual(['refresh', 'logout'].slice(-tab.events.length));
    expect(tab.events.at(-1)?.type).toBe('logout');
    expect((await settle(tab.auth.fetch(ME))).status).toBe(403);
  });
});
