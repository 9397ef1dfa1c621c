import { progress } from './progress.mjs';
import { median, medians } from './statistics.mjs';

/** How many times longer a round takes. A refresh of Strapi's own mode that reads a million rows takes seconds. */
const LONGER_ROUNDS = { full: { strapi: 3 } };

/** Measures logins, one at a time and each at every instance in turn. Resolves to `{ p50 }` of each instance. */
export const measureLogins = async (instances, rounds) => {
  const latencies = new Map(instances.map((instance) => [instance, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of instances[0].clients.keys()) {
      for (const instance of instances) {
        const sentAt = performance.now();
        await instance.clients[index].login();
        latencies.get(instance).push(performance.now() - sentAt);
      }
    }
  }
  return instances.map((instance) => ({ p50: median(latencies.get(instance)) }));
};

/**
 * Measures a load in rounds, each at every instance in turn: whatever slows the machine down affects all.
 * Resolves to the medians of each instance.
 */
export const measureRounds = async (title, instances, send, { rounds, seconds, warmUp }) => {
  const results = new Map(instances.map((instance) => [instance, []]));
  for (let round = 1; round <= rounds; round += 1) {
    progress(`${title}: round ${round} of ${rounds}`);
    for (const instance of instances) {
      const factor = LONGER_ROUNDS[instance.state]?.[instance.variant] ?? 1;
      if (instance.state === 'empty') await instance.reset();
      const times = { warmUp: warmUp * factor, seconds: seconds * factor };
      results.get(instance).push(await instance.measureLoad(send, times));
    }
  }
  return instances.map((instance) => ({
    ...medians(results.get(instance)),
    rounds: results.get(instance).map(({ perSecond }) => perSecond),
  }));
};
