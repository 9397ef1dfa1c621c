import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@redis/client';
import { startProgram, waitUntilReady } from '../../tests/helpers/program';

/** A Redis in a separate process. */
export interface RedisServer {
  /** Sends one command on a connection of its own. Resolves to the response. */
  send(...command: string[]): Promise<unknown>;
  /** Suspends the process: the kernel accepts connections and commands, but nothing responds. */
  suspend(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * Starts Redis without persistence.
 *
 * @param url where to listen, with the password that it requires
 * @param settings as on the command line of `redis-server`
 */
export const startRedisServer = async (
  url: string,
  settings: readonly string[] = [],
): Promise<RedisServer> => {
  const { port, password } = new URL(url);
  const program = startProgram(
    'redis-server',
    [
      ...['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      ...(password === '' ? [] : ['--requirepass', password]),
      ...settings,
    ],
    { cwd: mkdtempSync(path.join(tmpdir(), 'redis-')) },
  );
  const send = async (...command: string[]): Promise<unknown> => {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  };
  const isReady = () =>
    send('PING').then(
      () => true,
      () => false,
    );
  await waitUntilReady('Redis', program, isReady, 10_000);
  return {
    send,
    suspend: () => void program.stop('SIGSTOP'),
    resume: () => void program.stop('SIGCONT'),
    stop: async () => {
      await program.stop('SIGKILL');
    },
  };
};
