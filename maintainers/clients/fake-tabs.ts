type Listener = (event: { data: unknown }) => void;

/** Fakes of the browser APIs that tabs of one origin share. */
export interface FakeTabs {
  readonly BroadcastChannel: new (name: string) => FakeChannel;
  readonly locks: FakeLocks;
}

interface FakeChannel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: Listener): void;
  close(): void;
}

interface FakeLocks {
  request(
    name: string,
    options: { signal?: AbortSignal },
    run: () => Promise<unknown>,
  ): Promise<unknown>;
}

const createChannels = () => {
  const open = new Set<Channel>();

  class Channel implements FakeChannel {
    private readonly listeners: Listener[] = [];
    private readonly name: string;

    constructor(name: string) {
      this.name = name;
      open.add(this);
    }

    postMessage(message: unknown): void {
      // As in a browser (HTML standard).
      if (!open.has(this)) throw new DOMException('Channel is closed', 'InvalidStateError');
      // Like a browser: a structured clone, sent asynchronously, and not to the sender (HTML standard).
      const data: unknown = structuredClone(message);
      const others = [...open].filter((other) => other !== this && other.name === this.name);
      setTimeout(() => {
        for (const { listeners } of others.filter((other) => open.has(other))) {
          for (const listener of listeners) listener({ data });
        }
      }, 1);
    }

    addEventListener(_type: 'message', listener: Listener): void {
      this.listeners.push(listener);
    }

    close(): void {
      open.delete(this);
    }
  }
  return Channel;
};

const createLocks = (): FakeLocks => {
  const tails = new Map<string, Promise<unknown>>();
  return {
    request(name, { signal }, run) {
      const before = tails.get(name) ?? Promise.resolve();
      const aborted = new Promise<'aborted'>((resolve) => {
        signal?.addEventListener('abort', () => resolve('aborted'));
      });
      const running = Promise.race([before, aborted]).then((outcome) => {
        if (outcome === 'aborted') throw signal?.reason as Error;
        return run();
      });
      tails.set(
        name,
        Promise.all([before, running.catch(() => undefined)]).then(() => undefined),
      );
      return running;
    },
  };
};

/** Creates the `BroadcastChannel` class and the lock manager of one origin. */
export const createFakeTabs = (): FakeTabs => ({
  BroadcastChannel: createChannels(),
  locks: createLocks(),
});
