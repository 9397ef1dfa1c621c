import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRateLimitStore } from '../../src/extensions/users-permissions/refresh-tokens/store/rate-limit-store';

const WINDOW = { interval: 60_000 };

describe('rate limits in memory', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  it('count from the first request, and begin anew when the window has ended', async () => {
    const store = new MemoryRateLimitStore();
    const first = await store.incr('someone', WINDOW, 1);
    expect(first).toEqual({ counter: 1, dateEnd: Date.now() + 60_000 });

    advance(59_999);
    // Requests that go on do not push the end of the window away.
    expect(await store.incr('someone', WINDOW, 1)).toEqual({ ...first, counter: 2 });

    advance(1);
    expect(await store.incr('someone', WINDOW, 1)).toEqual({
      counter: 1,
      dateEnd: Date.now() + 60_000,
    });
  });

  it('count everyone apart, however many there are and whenever they began', async () => {
    const store = new MemoryRateLimitStore();
    await store.incr('early', WINDOW, 1);
    advance(30_000);
    await store.incr('late', WINDOW, 1);
    advance(30_000);

    expect(await store.incr('early', WINDOW, 1)).toMatchObject({ counter: 1 });
    expect(await store.incr('late', WINDOW, 1)).toMatchObject({ counter: 2 });
  });
});
