import { describe, expect, it, vi } from 'vitest';
import type { AuthState } from '../../client/src/index';
import { advanceTime, forbidStorage, settle, useFakeBrowser } from './fake-browser';
import { errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;

const statusesOf = (listener: { mock: { calls: [AuthState][] } }) =>
  listener.mock.calls.map(([{ status }]) => status);

describe('The state', () => {
  it('is given to a new subscriber at once, and then with each change', async () => {
    const { auth } = openTab();
    const listener = vi.fn<(state: AuthState) => void>();

    const unsubscribe = auth.subscribe(listener);
    expect(statusesOf(listener)).toEqual(['loading']);
    await advanceTime(100);
    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    await settle(auth.logout());
    unsubscribe();
    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));

    expect(statusesOf(listener)).toEqual(['loading', 'out', 'in', 'out']);
  });

  it('is loaded with the user when a page of somebody who is logged in is opened', async () => {
    await openLoggedInTab();
    const { auth } = openTab();

    auth.subscribe(() => undefined);
    expect(auth.state.status).toBe('loading');
    await advanceTime(1000);

    expect(auth.state).toMatchObject({ status: 'in', user: { id: 1, username: 'ada' } });
  });

  it('has the id of the user if the role may not read its own user', async () => {
    await openLoggedInTab();
    const { auth } = openTab();
    browser.api.script(ME, () => errorResponse(403, 'Forbidden'));

    await settle(auth.refresh());

    expect(auth.state).toMatchObject({ status: 'in', user: { id: 1 } });
  });

  it('stays the same object while the same user is logged in', async () => {
    const { auth } = await openLoggedInTab();
    const before = auth.state;

    await settle(auth.refresh());

    expect(auth.state).toBe(before);
  });

  it('has the reason why nobody is logged in any more', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.endSession();

    await settle(auth.refresh());
    expect(auth.state).toMatchObject({ status: 'out', user: null, reason: 'revoked' });

    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    await settle(auth.logout());
    expect(auth.state).toMatchObject({ status: 'out', reason: 'logout' });
  });

  it('has an error while the server cannot be reached, and loses it then', async () => {
    await openLoggedInTab();
    const { auth } = openTab();
    browser.api.script(REFRESH, ...Array<'offline'>(3).fill('offline'));

    auth.subscribe(() => undefined);
    await advanceTime(1500);
    expect(auth.state).toMatchObject({ status: 'loading', error: { code: 'unavailable' } });
    await advanceTime(5000);

    expect(auth.state).toMatchObject({ status: 'in', error: null });
  });

  it('is shared with other tabs', async () => {
    const here = openTab();
    here.auth.subscribe(() => undefined);
    await advanceTime(100);

    await openLoggedInTab();

    expect(here.auth.state).toMatchObject({ status: 'in', user: { username: 'ada' } });
    expect(browser.api.count(ME)).toBe(0);
  });

  it('reaches all subscribers although one of them throws', async () => {
    const uncaught = vi.fn();
    process.once('uncaughtException', uncaught);
    const { auth } = openTab();
    const listener = vi.fn<(state: AuthState) => void>();
    auth.subscribe(({ status }) => {
      if (status === 'out') throw new Error('of a listener');
    });
    auth.subscribe(listener);

    await advanceTime(100);

    expect(statusesOf(listener)).toEqual(['loading', 'out']);
    await vi.waitFor(() => expect(uncaught).toHaveBeenCalledOnce());
  });
});

describe('A page of a stranger', () => {
  it('sends nothing', async () => {
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(auth.state).toMatchObject({ status: 'out', reason: null });
    expect([browser.api.requests, events]).toEqual([[], []]);
  });

  it('sends nothing after a logout', async () => {
    const { auth } = await openLoggedInTab();
    await settle(auth.logout());
    const before = browser.api.requests.length;

    await settle(openTab().auth.refresh());

    expect(browser.api.requests).toHaveLength(before);
  });

  it('asks once with `askOnFirstVisit`', async () => {
    for (let visit = 0; visit < 3; visit += 1) {
      const { auth, events } = openTab({ askOnFirstVisit: true });
      await settle(auth.refresh());
      expect(auth.state).toMatchObject({ status: 'out', reason: null });
      expect(events).toEqual([]);
    }
    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('finds a cookie of other code with `askOnFirstVisit`', async () => {
    await openLoggedInTab();
    localStorage.removeItem('auth https://api.example.com/api');
    const { auth } = openTab({ askOnFirstVisit: true });

    await settle(auth.refresh());

    expect(auth.state.status).toBe('in');
  });

  it('asks each time, without an event, if the browser forbids storage', async () => {
    forbidStorage();
    const { auth, events } = openTab();

    await settle(auth.refresh());

    expect(browser.api.count(REFRESH)).toBe(1);
    expect(auth.state).toMatchObject({ status: 'out', reason: null });
    expect(events).toEqual([]);
  });
});

describe('A browser that keeps no cookie', () => {
  it('is found out by the next page', async () => {
    await openLoggedInTab();
    browser.api.deleteCookie();
    const { auth } = openTab();

    await settle(auth.refresh());

    expect(auth.state).toMatchObject({ status: 'out', reason: 'no-cookie' });
  });

  it('is found out at the login, if it forbids storage as well', async () => {
    forbidStorage();
    const { auth } = openTab();
    browser.api.script(REFRESH, () =>
      errorResponse(400, 'Missing refresh token', {}, 'missing-refresh-token'),
    );

    await settle(auth.login({ identifier: 'ada', password: 'correct-horse' }));
    await advanceTime(500);

    expect(auth.state).toMatchObject({ status: 'out', reason: 'no-cookie' });
  });
});
