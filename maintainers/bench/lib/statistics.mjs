/** Returns a percentile by nearest rank: `share` is 0.99 for the 99th. */
export const percentile = (values, share) => {
  if (values.length === 0) throw new Error('Nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
};

export const median = (values) => percentile(values, 0.5);

/** Returns the median of each property over objects that have the same numeric properties. */
export const medians = (objects) =>
  Object.fromEntries(
    Object.keys(objects[0]).map((name) => [name, median(objects.map((each) => each[name]))]),
  );

/** Returns the milliseconds of processor time of a request: of the server, and of PostgreSQL where that is known. */
export const processorTime = ({ serverCpu, databaseCpu }) => serverCpu + (databaseCpu ?? 0);
