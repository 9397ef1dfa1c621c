/** Undoes what a run has made, last first. */
export const createCleanUp = () => {
  const steps = [];

  const run = async () => {
    while (steps.length > 0) {
      try {
        await steps.pop()();
      } catch (error) {
        console.error(`Clean-up: ${error.message}`);
      }
    }
  };

  return {
    add: (step) => steps.push(step),
    run,
    /** Cleans up before it leaves. */
    onInterrupt: () => {
      for (const signal of ['SIGINT', 'SIGTERM']) {
        process.once(signal, () => run().finally(() => process.exit(1)));
      }
    },
  };
};
