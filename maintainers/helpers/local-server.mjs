import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves to a TCP port of 127.0.0.1 that nothing listens on. */
export const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/**
 * Waits until a server answers `/_health`.
 *
 * @param port its port on 127.0.0.1
 * @param child the process that starts it
 * @param timeout in milliseconds
 * @param pauseBetween how long to wait before it is asked again; in milliseconds
 * @returns whether it has; false after the timeout, and when the process has ended
 */
export const isHealthyWithin = async (port, child, timeout, pauseBetween = 500) => {
  const deadline = Date.now() + timeout;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const health = await fetch(`http://127.0.0.1:${port}/_health`).catch(() => null);
    if (health?.status === 204) return true;
    await pause(pauseBetween);
  }
  return false;
};
