import { progress } from './progress.mjs';
import { median, medians } from './statistics.mjs';

/** A request that reads a million rows takes seconds when 32 are under way. */
const PATIENCE = { full: { strapi: 3 } };

/** One client at a time, the variants in turn. */
export const measureLogins = async (instances, rounds) => {
  const latencies = new Map(instances.map((instance) => [instance, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of instances[0].people.keys()) {
      for (const instance of instances) {
        const sent = performance.now();
        await instance.people[index].login();
        latencies.get(instance).push(performance.now() - sent);
      }
    }
  }
  return instances.map((instance) => ({ p50: median(latencies.get(instance)) }));
};

/** The variants in turn, round by round: whatever slows the machine down meets all of them. */
export const measureRounds = async (what, instances, send, { rounds, seconds, warmUp }) => {
  const results = new Map(instances.map((instance) => [instance, []]));
  for (let round = 1; round <= rounds; round += 1) {
    progress(`${what}: round ${round} of ${rounds}`);
    for (const instance of instances) {
      const patience = PATIENCE[instance.state]?.[instance.variant] ?? 1;
      if (instance.state === 'empty') await instance.tidy();
      const times = { warmUp: warmUp * patience, seconds: seconds * patience };
      results.get(instance).push(await instance.drive(send, times));
    }
  }
  return instances.map((instance) => ({
    ...medians(results.get(instance)),
    rounds: results.get(instance).map(({ perSecond }) => perSecond),
  }));
};
