import { percentile } from './statistics.mjs';

/**
 * Runs a load: each client sends its next request as soon as it has the response to the last one.
 * Responses during the warm-up are not counted.
 *
 * @param clients the arguments of `send`, one for each client
 * @param send sends a request; resolves when its response has arrived and is a success
 * @param times durations in seconds
 * @returns requests per second, and latencies in milliseconds
 */
export const runLoad = async (clients, send, { warmUp, seconds }) => {
  const begin = performance.now() + warmUp * 1000;
  const end = begin + seconds * 1000;
  const latencies = [];

  const run = async (client) => {
    while (performance.now() < end) {
      const sentAt = performance.now();
      await send(client);
      const answeredAt = performance.now();
      if (answeredAt >= begin && answeredAt < end) latencies.push(answeredAt - sentAt);
    }
  };
  await Promise.all(clients.map(run));

  return {
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};
