import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRateLimitStore } from '../../src/extensions/users-permissions/refresh-tokens/store/rate-limit-store';

const WINDOW = { interval: 60_000 };

describe('MemoryRateLimitStore', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  it('begins a window with the first request, and the next one after its end', async () => {
    const store = new MemoryRateLimitStore();
    const first = await store.incr('someone', WINDOW, 1);
    expect(first).toEqual({ counter: 1, dateEnd: Date.now() + 60_000 });

    advance(59_999);
    // More requests do not move the end of the window.
    expect(await store.incr('someone', WINDOW, 1)).toEqual({ ...first, counter: 2 });

    advance(1);
    expect(await store.incr('someone', WINDOW, 1)).toEqual({
      counter: 1,
      dateEnd: Date.now() + 60_000,
    });
  });

  it('counts each key by itself, in a window of its own', async () => {
    const store = new MemoryRateLimitStore();
    await store.incr('early', WINDOW, 1);
    advance(30_000);
    await store.incr('late', WINDOW, 1);
    advance(30_000);

    expect(await store.incr('early', WINDOW, 1)).toMatchObject({ counter: 1 });
    expect(await store.incr('late', WINDOW, 1)).toMatchObject({ counter: 2 });
  });
});
