/** The value below which a share of the values lies (nearest rank). */
export const percentile = (values, share) => {
  if (values.length === 0) throw new Error('Nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
};

export const median = (values) => percentile(values, 0.5);

/** The median of every number in objects of one shape. */
export const medians = (rounds) =>
  Object.fromEntries(
    Object.keys(rounds[0]).map((name) => [name, median(rounds.map((round) => round[name]))]),
  );
