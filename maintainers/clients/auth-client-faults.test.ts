import { describe, expect, it, vi } from 'vitest';
import { createAuthClient } from '../../client/src/index';
import {
  advanceTime,
  removeBroadcastChannel,
  removeLocks,
  settle,
  useFakeBrowser,
} from './fake-browser';
import { LATENCY, errorResponse } from './fake-api';

const REFRESH = '/api/token/refresh';
const ME = '/api/users/me';
const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const browser = useFakeBrowser();
const { openTab, openLoggedInTab } = browser;
const ADA = { identifier: 'ada', password: 'correct-horse' };
const BOB = { identifier: 'bob', password: 'correct-horse' };
const refused = () => errorResponse(401, 'Not for you');

describe('Another login', () => {
  it('is not undone by a refresh that was on its way, without locks', async () => {
    removeLocks();
    const { auth } = await openLoggedInTab();
    const refreshing = auth.refresh();
    await advanceTime(1);

    await settle(Promise.all([refreshing, auth.login(BOB)]));
    await settle(auth.refresh());

    expect(auth.state).toMatchObject({ user: { username: 'bob' } });
    const [, refresh, login] = browser.api.requests;
    expect([refresh?.path, login?.path]).toEqual([REFRESH, '/api/auth/local']);
    expect(Number(login?.at) - Number(refresh?.at)).toBeGreaterThanOrEqual(LATENCY);
  });

  /** As in React Native, and in browsers older than 2024. */
  const removeSignals = () => {
    vi.stubGlobal('AbortSignal', { timeout: AbortSignal.timeout });
    const { AbortController } = globalThis;
    vi.stubGlobal(
      'AbortController',
      class extends AbortController {
        override abort(): void {
          super.abort();
        }
      },
    );
  };

  it.each([
    ['', () => undefined],
    [', on platforms with less of `AbortSignal`', removeSignals],
  ])('rejects what the former user has asked for%s', async (_name, prepare) => {
    prepare();
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, 'hanging');
    const late = auth.fetch(ME);
    late.catch(() => undefined);
    await advanceTime(SECOND);

    await settle(auth.login(BOB));

    await expect(settle(late)).rejects.toMatchObject({ code: 'account-changed' });
  });

  it('rejects a call of the former user that waits for a new token, which is not sent', async () => {
    removeLocks();
    const { auth } = await openLoggedInTab();
    vi.setSystemTime(Date.now() + DAY);
    browser.api.script(REFRESH, 'hanging', 'hanging');
    const call = auth.fetch(ME, { method: 'POST', body: 'from Ada' });
    call.catch(() => undefined);
    await advanceTime(SECOND);

    await openLoggedInTab('bob');

    await expect(settle(call)).rejects.toMatchObject({ code: 'account-changed' });
    expect(browser.api.count(ME)).toBe(0);
  });
});

describe('A stream that was opened with the token', () => {
  it('ends with the logout', async () => {
    const { auth } = await openLoggedInTab();
    let sentSignal: AbortSignal | undefined;
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', (input: Request, init: RequestInit) => {
      sentSignal ??= init.signal ?? undefined;
      return fetch(input, init);
    });
    await settle(auth.fetch(ME));
    expect(sentSignal?.aborted).toBe(false);

    await settle(auth.logout());

    expect(sentSignal?.reason).toMatchObject({ code: 'logged-out' });
  });
});

describe('A path that always answers 401', () => {
  it('is refreshed for once, not with every call', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, ...Array(20).fill(refused));

    for (let call = 0; call < 10; call += 1) {
      expect((await settle(auth.fetch(ME))).status).toBe(401);
    }

    expect(browser.api.count(REFRESH)).toBe(1);
  });

  it('does not hide for long that the session has ended', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.script(ME, refused, refused);
    await settle(auth.fetch(ME));
    browser.api.endSession();

    await advanceTime(31 * SECOND);

    await expect(settle(auth.fetch(ME))).rejects.toMatchObject({ code: 'logged-out' });
  });
});

describe('The back-off', () => {
  /** Lets the refreshes fail for so long that the next attempt is many seconds away. */
  const failForLong = async () => {
    const tab = await openLoggedInTab();
    browser.api.script(REFRESH, ...Array<'offline'>(12).fill('offline'));
    tab.auth.refresh().catch(() => undefined);
    await advanceTime(20 * SECOND);
    expect(tab.auth.state).toMatchObject({ status: 'in', error: { code: 'unavailable' } });
    browser.api.script(REFRESH);
    return tab;
  };

  it.each(['online', 'focus'] as const)('ends with the event `%s`', async (type) => {
    const { auth } = await failForLong();

    browser.fire(type);
    await advanceTime(SECOND);

    expect(auth.state).toMatchObject({ status: 'in', error: null });
  });

  it('ends with `resume`, where a platform has no such event', async () => {
    const { auth } = await failForLong();

    auth.resume();
    await advanceTime(SECOND);

    expect(auth.state).toMatchObject({ error: null });
  });

  it('does not last for a day when the clock is set back by one', async () => {
    const { auth } = await failForLong();
    vi.setSystemTime(Date.now() - DAY);

    await advanceTime(60 * SECOND);

    expect(auth.state).toMatchObject({ error: null });
  });
});

describe('A page out of the back-forward cache', () => {
  it('finds out that the session has ended on another device', async () => {
    const { auth } = await openLoggedInTab();
    browser.api.endSession();

    browser.fire('pageshow', { persisted: true });
    await advanceTime(SECOND);

    expect(auth.state).toMatchObject({ status: 'out', reason: 'revoked' });
  });

  it('asks for nothing if it was loaded anew, or if nobody is logged in', async () => {
    const { auth } = await openLoggedInTab();
    browser.fire('pageshow');
    browser.fire('focus');
    await settle(auth.logout());
    browser.fire('pageshow', { persisted: true });
    await advanceTime(SECOND);

    expect(browser.api.count(REFRESH)).toBe(0);
  });
});

describe('Two APIs below one host', () => {
  const [shop, blog] = ['https://example.com/shop', 'https://example.com/blog'];

  it('do not share a login, nor get the token of each other', async () => {
    const there = openTab({ url: blog });
    const here = openTab({ url: shop });
    browser.api.script('/shop/api/auth/local', () =>
      Response.json({ jwt: 'e30.eyJpZCI6MSwiaWF0IjowLCJleHAiOjM2MH0.x', user: { id: 1 } }),
    );
    await settle(here.auth.login(ADA));
    await advanceTime(200);

    await settle(here.auth.fetch(`${blog}/api/posts`));
    expect(browser.api.requests.at(-1)).toMatchObject({ authorization: null });
    browser.api.script('/shop/api/goods', () => Response.json({}));
    await settle(here.auth.fetch('/api/goods'));
    expect(browser.api.requests.at(-1)?.authorization).toMatch(/^Bearer /);
    expect(there.events).toEqual([]);
    await settle(there.auth.refresh());
    expect(there.auth.state.status).toBe('out');
  });
});

describe('A client that is closed', () => {
  it('lets its refresh end quietly, as in an effect of React that runs twice', async () => {
    (await openLoggedInTab()).auth.close();
    const { auth, events } = openTab();
    const refreshing = auth.refresh();

    auth.close();

    await expect(settle(refreshing)).resolves.toBeUndefined();
    await advanceTime(HOUR);
    expect(browser.api.count(REFRESH)).toBe(1);
    expect(events).toHaveLength(1);
  });
});

describe('A client in Node.js', () => {
  const openInNode = () => {
    vi.stubGlobal('location', undefined);
    vi.stubGlobal('localStorage', undefined);
    return openTab();
  };

  it('shares no login with another client of the process', async () => {
    const [ada, bob] = [openInNode(), openInNode()];
    await settle(ada.auth.login(ADA));
    await advanceTime(300);

    expect(bob.events).toEqual([]);
    expect((await settle(bob.auth.fetch(ME))).status).toBe(403);
  });

  it('can be created for the API behind the page, and does not keep the process running', () => {
    vi.stubGlobal('location', undefined);
    const timers = vi.spyOn(globalThis, 'setTimeout');

    expect(createAuthClient().state.status).toBe('loading');

    expect(timers).not.toHaveBeenCalled();
  });
});

describe('Without `BroadcastChannel` and locks', () => {
  it('a tab keeps its login when another one has closed', async () => {
    removeLocks();
    removeBroadcastChannel();
    const here = await openLoggedInTab();
    openTab().auth.close();

    await settle(here.auth.refresh());

    expect(here.auth.state.status).toBe('in');
  });
});
