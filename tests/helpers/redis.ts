import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createClient } from 'redis';

/** The Redis that tests use. */
export const REDIS_URL = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** Whether the Redis of the tests answers. */
export const isRedisReachable = async (): Promise<boolean> => {
  const client = createClient({
    url: REDIS_URL,
    socket: { connectTimeout: 2000, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    if (client.isOpen) client.destroy();
  }
};

/** The way to Redis, which can be broken. */
export interface RedisRelay {
  /** Redis as it is reached through here. */
  readonly url: string;
  /** Ends every connection, and accepts no other. */
  cut(): void;
  /** Keeps every connection, but lets nothing through any more, as a network does that is gone. */
  silence(): void;
  /** Is as it was in the beginning. */
  mend(): void;
  stop(): void;
}

/** Relays to the Redis of the tests. */
export const startRedisRelay = async (): Promise<RedisRelay> => {
  const target = new URL(REDIS_URL);
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'silent' = 'open';

  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const relay = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const redis = connect(Number(target.port || 6379), target.hostname);
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (data) => {
        if (state === 'open') to.write(data);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');

  const url = new URL(REDIS_URL);
  url.hostname = '127.0.0.1';
  url.port = String((relay.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: () => {
      state = 'cut';
      endAll();
    },
    silence: () => {
      state = 'silent';
    },
    mend: () => {
      if (state === 'silent') endAll();
      state = 'open';
    },
    stop: () => {
      endAll();
      relay.close();
    },
  };
};
