import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createClient } from '@redis/client';

export const REDIS_URL = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** Returns whether the Redis of the tests responds. */
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

/** Returns whether the Redis of the tests has a count whose key ends so. */
export const hasCount = async (end: string): Promise<boolean> => {
  const client = await createClient({ url: REDIS_URL }).connect();
  try {
    return (await client.keys(`strapi:rate-limit:*${end}`)).length > 0;
  } finally {
    client.destroy();
  }
};

/** A TCP proxy in front of Redis that can fail. */
export interface RedisProxy {
  /** The URL of Redis through this proxy. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  disconnect(): void;
  /** Keeps every connection open but forwards nothing, like a network that drops all packets. */
  stall(): void;
  /** Forwards again. */
  restore(): void;
  stop(): void;
}

export const startRedisProxy = async (): Promise<RedisProxy> => {
  const target = new URL(REDIS_URL);
  const sockets = new Set<Socket>();
  let state: 'open' | 'disconnected' | 'stalled' = 'open';

  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const proxy = createServer((client) => {
    if (state === 'disconnected') {
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
  await once(proxy, 'listening');

  const url = new URL(REDIS_URL);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    disconnect: () => {
      state = 'disconnected';
      endAll();
    },
    stall: () => {
      state = 'stalled';
    },
    restore: () => {
      if (state === 'stalled') endAll();
      state = 'open';
    },
    stop: () => {
      endAll();
      proxy.close();
    },
  };
};
