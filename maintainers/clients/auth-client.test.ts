import { describe, expect, it, vi } from 'vitest';
import type { AuthEvent } from '../../client/src/index';
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
const LOGOUT = '/api/auth/logout';
const ME = '/api/users/me';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;

const statusOfMe = async ({ auth }: Tab) => (await settle(auth.fetch(ME))).status;

const typesOf = (events: readonly AuthEvent[]) => events.map(({ type }) => type);

describe('The access token', () => {
  it('is sent to the API', async () => {
    const tab = await openLoggedInTab();

    expect(await statusOfMe(tab)).toBe(200);
    expect(browser.api.requests.at(-1)?.authorization).toMatch(/^Bearer e30\./);
  });

  it.each([
    'https://evil.example/api/users/me',
    'http://api.example.com/api/users/me',
    'https://api.example.com:8443/api/users/me',
    'https://api.example.com.evil.example/api/users/me',
  ])('is not sent to %s', async (url) => {
    const { auth } = await openLoggedInTab();

    await settle(auth.fetch(url));

    expect(browser.api.requests.at(-1)).toMatchObject({ url, authorization: null });
  });

  it('is sent to the API for a path that begins with two slashes', async () => {
    const { auth } = await openLoggedInTab();

    await settle(auth.fetch('//evil.example/'));

    expect(new URL(browser.api.requests.at(-1)?.url ?? '').origin).toBe(browser.api.origin);
  });
});

describe('The refresh timer', () => {
  it('refreshes before the access token expires, so that no request is refused', async () => {
    const tab = await openLoggedInTab();

    for (let minute = 0; minute < 30; minute += 1) {
      await advanceTime(MINUTE);
      expect(await statusOfMe(tab)).toBe(200);
    }

    expect(browser.api.count(ME)).toBe(30);
    expect(browser.api.count(REFRESH)).toBeGreaterThanOrEqual(5);
    expect(browser.api.count(REFRESH)).toBeLessThanOrEqual(6);
    expect(new Set(typesOf(tab.events))).toEqual(new Set(['refresh']));
  });

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('refreshes in time when the clock of the server is %s', async (_name, clockAhead) => {
    browser.api.clockAhead = clockAhead;
    const tab = await openLoggedInTab();

    await advanceTime(4 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(0);
    await advanceTime(2 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(1);
    expect(await statusOfMe(tab)).toBe(200);
    expect(browser.api.count(ME)).toBe(1);
  });

  it('does not loop if the access token lives longer than the maximum of `setTimeout`', async () => {
    browser.api.lifetime = 60 * 24 * 60 * MINUTE;
    await openLoggedInTab();

    await advanceTime(10 * MINUTE);

    expect(browser.api.count(REFRESH)).toBe(0);
  });

  it('refreshes at most once a second if the access token has expired on arrival', async () => {
    browser.api.lifetime = 0;
    await openLoggedInTab();

    await advanceTime(10 * SECOND);

    expect(browser.api.count(REFRESH)).toBeLessThanOrEqual(10);
  });
});

describe('A request that is refused with a 401', () => {
  /** Opens a tab whose next request is refused, as after the machine has slept. */
  const openTabWithExpiredToken = async () => {
    const tab = await openLoggedInTab();
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));
    return tab;
  };

  it('is sent again with a new token and the same body', async () => {
    const { auth } = await openTabWithExpiredToken();
    const request = new Request(`${browser.api.origin}${ME}`, {
      ...{ method: 'PUT', headers: { 'X-Mine': '1' }, body: '{"title":"Sunrise"}' },
    });

    const response = await settle(auth.fetch(request));

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 1, body: '{"title":"Sunrise"}' });
    const [first, refresh, second] = browser.api.requests.slice(-3);
    expect(refresh?.path).toBe(REFRESH);
    expect(second).toMatchObject({ method: 'PUT', body: '{"title":"Sunrise"}' });
    expect(second?.authorization).not.toBe(first?.authorization);
  });

  it('rejects like `fetch` if the body has been read already', async () => {
    const { auth } = await openLoggedInTab();
    const request = new Request(`${browser.api.origin}${ME}`, { method: 'PUT', body: 'once' });
    await request.text();

    await expect(settle(auth.fetch(request))).rejects.toThrow(TypeError);
  });

  it('shares one refresh with other requests', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, ...Array(5).fill(() => errorResponse(401, 'Invalid credentials')));

    const responses = await settle(Promise.all(Array.from({ length: 5 }, () => auth.fetch(ME))));

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('is sent at most twice', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, ...Array(9).fill(() => errorResponse(401, 'Not you')));

    const response = await settle(auth.fetch(ME));

    expect(response.status).toBe(401);
    expect([browser.api.count(ME), browser.api.count(REFRESH)]).toEqual([2, 1]);
  });

  it('causes no refresh if nobody is logged in', async () => {
    const { auth } = openTab();
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));

    expect((await settle(auth.fetch(ME))).status).toBe(401);
    expect(browser.api.count(REFRESH)).toBe(0);
  });

  it('rejects when its caller aborts, while the refresh goes on for other requests', async () => {
    const tab = await openLoggedInTab();
    browser.api.script(ME, ...Array(2).fill(() => errorResponse(401, 'Invalid credentials')));
    browser.api.script(REFRESH, 'hanging');
    const controller = new AbortController();
    const aborted = tab.auth.fetch(ME, { signal: controller.signal });
    aborted.catch(() => undefined);
    const other = tab.auth.fetch(ME);

    await advanceTime(SECOND);
    controller.abort(new Error('Aborted by the caller'));

    await expect(aborted).rejects.toThrow('Aborted by the caller');
    expect((await settle(other)).status).toBe(200);
  });

  it('is not sent if it is aborted before', async () => {
    const { auth } = await openLoggedInTab();

    await expect(settle(auth.fetch(ME, { signal: AbortSignal.abort() }))).rejects.toThrow();
    expect(browser.api.count(ME)).toBe(0);
  });
});

describe('A refresh when the page loads', () => {
  it('restores the login by the cookie, and requests wait for it', async () => {
    await openLoggedInTab();
    const reloaded = openTab();

    const refreshing = reloaded.auth.refresh();
    expect(await statusOfMe(reloaded)).toBe(200);

    await refreshing;
    expect(reloaded.events).toMatchObject([{ type: 'login', userId: 1, by: 'this tab' }]);
  });

  it('emits no event if nobody was logged in', async () => {
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(events).toEqual([]);
    expect((await settle(auth.fetch(ME))).status).toBe(403);
  });

  it('emits `ended` if the session has ended in the meantime', async () => {
    await openLoggedInTab();
    browser.api.endSession();
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(events).toEqual([{ type: 'ended', reason: 'expired', by: 'this tab' }]);
  });
});

describe('The option `rememberMe`', () => {
  const REGISTER = '/api/auth/local/register';
  const account = { username: 'ada', email: 'ada@example.com', password: 'correct-horse' };
  const lastBody = () => JSON.parse(browser.api.requests.at(-1)?.body ?? '') as object;

  it.each([false, true])('is sent with a login and a registration: %s', async (rememberMe) => {
    const { auth } = openTab();
    browser.api.script(REGISTER, () => Response.json({ user: { id: 1 } }));

    await settle(auth.login({ identifier: 'ada', password: 'correct-horse', rememberMe }));
    expect(lastBody()).toEqual({ identifier: 'ada', password: 'correct-horse', rememberMe });
    await settle(auth.register({ ...account, rememberMe }));
    expect(lastBody()).toEqual({ ...account, rememberMe });
  });

  it('is not sent if the caller does not set it', async () => {
    const { auth } = openTab();
    browser.api.script(REGISTER, () => Response.json({ user: { id: 1 } }));

    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    expect(lastBody()).toEqual({ identifier: 'ada', password: 'correct-horse' });
    await settle(auth.register(account));
    expect(lastBody()).toEqual(account);
  });
});

describe('Events and errors', () => {
  it('give the reason when a login is refused', async () => {
    const { auth, events } = openTab();

    await expect(
      settle(auth.login({ identifier: 'eve', password: 'guess' })),
    ).rejects.toMatchObject({
      code: 'invalid-credentials',
      status: 400,
      message: 'Invalid identifier or password',
    });
    expect(events).toEqual([]);
  });

  it('have the code of the server, and how long to wait', async () => {
    const headers = { 'Retry-After': '40' };
    browser.api.script('/api/auth/local', () =>
      errorResponse(429, 'Too many requests', headers, 'rate-limited'),
    );

    const login = openTab().auth.login({ identifier: 'ada', password: 'correct-horse' });

    await expect(settle(login)).rejects.toMatchObject({
      ...{ name: 'AuthError', code: 'rate-limited', status: 429, retryAfter: 40 * SECOND },
    });
  });

  it('include `login` and `logout`', async () => {
    const { auth, events } = openTab();

    expect(
      await settle(auth.login({ identifier: 'ada', password: 'correct-horse' })),
    ).toMatchObject({ username: 'ada' });
    await settle(auth.logout());

    expect(events).toMatchObject([
      { type: 'login', userId: 1, expiresAt: expect.any(Number) },
      { type: 'logout', by: 'this tab' },
    ]);
    expect((await settle(auth.fetch(ME))).status).toBe(403);
  });

  it('are not sent to a removed listener', async () => {
    const { auth } = openTab();
    const listener = vi.fn();
    auth.on(listener)();

    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));

    expect(listener).not.toHaveBeenCalled();
  });

  it.each([
    [
      'revoked',
      'the server ended it before the access token expired',
      () => browser.api.endSession(),
      0,
    ],
    ['expired', 'the access token has expired, too', () => browser.api.endSession(), 7 * MINUTE],
    ['no-cookie', 'the browser has no cookie', () => browser.api.deleteCookie(), 0],
  ] as const)('include `ended` with the reason `%s` if %s', async (reason, _name, cause, later) => {
    const tab = await openLoggedInTab();
    cause();
    // Set the time without firing timers, as when the machine sleeps.
    vi.setSystemTime(Date.now() + later);
    browser.api.script(ME, () => errorResponse(401, 'Invalid credentials'));

    await expect(statusOfMe(tab)).rejects.toMatchObject({ code: 'logged-out' });

    expect(tab.events).toEqual([{ type: 'ended', reason, by: 'this tab' }]);
    await advanceTime(10 * MINUTE);
    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('include `ended` with the reason `refused` if the user is blocked', async () => {
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, () =>
      errorResponse(400, 'Your account has been blocked by an administrator'),
    );

    await settle(tab.auth.refresh());

    expect(tab.events).toEqual([{ type: 'ended', reason: 'refused', by: 'this tab' }]);
  });
});

describe('A logout', () => {
  it('is repeated, and rejects without effect if the server cannot be reached', async () => {
    const tab = await openLoggedInTab();
    browser.api.script(LOGOUT, 'offline', 'offline', 'offline');

    await expect(settle(tab.auth.logout())).rejects.toMatchObject({ code: 'unavailable' });

    expect(browser.api.count(LOGOUT)).toBe(3);
    expect(tab.events).toEqual([]);
    expect(await statusOfMe(tab)).toBe(200);
  });

  it('ends the session if the browser has no cookie, by the access token', async () => {
    const tab = await openLoggedInTab();
    browser.api.deleteCookie();
    await settle(tab.auth.fetch(ME));
    const { authorization } = browser.api.requests.at(-1) ?? {};

    await settle(tab.auth.logout());

    const headers = { Authorization: authorization ?? '' };
    expect((await settle(fetch(`${browser.api.origin}${ME}`, { headers }))).status).toBe(401);
  });

  it('is not undone by a refresh that ends later', async () => {
    removeLocks();
    removeBroadcastChannel();
    const tab = await openLoggedInTab();
    const refreshing = tab.auth.refresh();

    await settle(Promise.all([refreshing, tab.auth.logout()]));

    expect(typesOf(tab.events)).toEqual(['refresh', 'logout'].slice(-tab.events.length));
    expect(tab.events.at(-1)?.type).toBe('logout');
    expect((await settle(tab.auth.fetch(ME))).status).toBe(403);
  });
});
