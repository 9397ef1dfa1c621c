import { percentile } from './statistics.mjs';

/**
 * Every client sends its next request as soon as it has the last answer, for some time.
 * What was answered before the end of the warm-up is not counted.
 *
 * @param clients whatever `send` takes
 * @param send resolves once the answer is there and right
 * @param times seconds
 */
export const drive = async (clients, send, { warmUp, seconds }) => {
  const begin = performance.now() + warmUp * 1000;
  const end = begin + seconds * 1000;
  const latencies = [];

  const run = async (client) => {
    while (performance.now() < end) {
      const sent = performance.now();
      await send(client);
      const answered = performance.now();
      if (answered >= begin && answered < end) latencies.push(answered - sent);
    }
  };
  await Promise.all(clients.map(run));

  return {
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};
