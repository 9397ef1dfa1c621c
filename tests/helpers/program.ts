import { spawn, type SpawnOptions } from 'node:child_process';
import { vi } from 'vitest';

/** A program in a separate process. */
export interface Program {
  readonly pid: number | undefined;
  /** Returns everything that the program has written to stdout and stderr. */
  output(): string;
  /** Resolves to the exit code, or to null when a signal ended the program. */
  readonly exited: Promise<number | null>;
  /** Sends a signal; resolves to the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program and collects its output. */
export const startProgram = (
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>,
): Program => {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  }
  const exited = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });

  return {
    pid: child.pid,
    output: () => chunks.join(''),
    exited,
    stop: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

/**
 * Waits until a program is ready.
 *
 * @param isReady is called repeatedly
 * @param timeout in milliseconds
 * @throws with the output of the program when it exits before, or is not ready in time; it is then stopped
 */
export const waitUntilReady = async (
  name: string,
  program: Program,
  isReady: () => Promise<boolean>,
  timeout: number,
): Promise<void> => {
  const exit = program.exited.then((code) => {
    throw new Error(`exit code ${code}`);
  });
  try {
    await Promise.race([exit, vi.waitUntil(isReady, { timeout, interval: 200 })]);
  } catch (error) {
    await program.stop('SIGTERM');
    throw new Error(`${name} is not ready:\n${program.output()}`, { cause: error });
  }
};
