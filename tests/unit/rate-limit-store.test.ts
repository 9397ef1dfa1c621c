import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  MemoryRateLimitStore,
  RedisRateLimitStore,
} from '../../src/extensions/users-permissions/refresh-tokens/store/rate-limit-store';

const WINDOW = 60_000;

describe('MemoryRateLimitStore', () => {
  /** Creates a store whose clock the test moves. */
  const createStore = () => {
    let now = 0;
    const store = new MemoryRateLimitStore(() => now);
    return {
      store,
      count: (key: string) => store.count(key, WINDOW),
      advance: (milliseconds: number) => {
        now += milliseconds;
      },
    };
  };

  it('begins a window with the first request, and the next one after its end', async () => {
    const { count, advance } = createStore();
    expect(await count('someone')).toEqual({ counter: 1, timeLeft: 60_000 });

    advance(59_999);
    // More requests do not move the end of the window.
    expect(await count('someone')).toEqual({ counter: 2, timeLeft: 1 });

    advance(1);
    expect(await count('someone')).toEqual({ counter: 1, timeLeft: 60_000 });
  });

  it('counts each key by itself, in a window of its own', async () => {
    const { count, advance } = createStore();
    await count('early');
    advance(30_000);
    await count('late');
    advance(30_000);

    expect(await count('early')).toMatchObject({ counter: 1 });
    expect(await count('late')).toMatchObject({ counter: 2 });
  });

  it('deletes the counts whose windows have ended, and no other', async () => {
    const { store, count, advance } = createStore();
    for (let key = 0; key < 10_000; key += 1) await count(`early-${key}`);
    advance(30_000);
    for (let key = 0; key < 10; key += 1) await count(`late-${key}`);
    // A repeated request does not keep its window.
    await count('early-5000');
    advance(30_000);

    await count('late-0');

    expect(store.size).toBe(10);
  });

  it('locks nobody out when the wall clock is set back', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_700_000_000_000 });
    try {
      const store = new MemoryRateLimitStore();
      await store.count('someone', WINDOW);
      vi.setSystemTime(Date.now() - 3_600_000);
      expect(await store.count('someone', WINDOW)).toEqual({ counter: 2, timeLeft: 60_000 });

      vi.advanceTimersByTime(60_000);

      expect(await store.count('someone', WINDOW)).toEqual({ counter: 1, timeLeft: 60_000 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('RedisRateLimitStore before it is connected', () => {
  let server: Server;
  let store: RedisRateLimitStore;
  const sockets: Socket[] = [];
  afterEach(() => {
    store.disconnect();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  it('counts in memory and sends nothing to a server that does not respond', async () => {
    let received = '';
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (text) => {
        received += text.toString();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    store = new RedisRateLimitStore(`redis://127.0.0.1:${port}`);

    store.connect(() => undefined);
    await vi.waitUntil(() => received !== '');
    const counts = await Promise.all(
      Array.from({ length: 10_000 }, () => store.count('someone', WINDOW)),
    );

    expect(counts.at(-1)).toMatchObject({ counter: 10_000 });
    expect(received).toContain('CLIENT');
    expect(received).not.toContain('someone');
  });
});
