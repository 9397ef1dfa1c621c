const started = performance.now();

/** Says what happens now, and when. */
export const progress = (message) => {
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`[${String(seconds).padStart(4)} s] ${message}`);
};
