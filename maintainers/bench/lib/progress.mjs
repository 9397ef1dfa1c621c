const started = performance.now();

/** Prints a message with the seconds since the start. */
export const progress = (message) => {
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`[${String(seconds).padStart(4)} s] ${message}`);
};
