/** Collects steps that remove what a run has created. They run in reverse order. */
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
    /** Runs the steps and exits when the process is interrupted or terminated. */
    onInterrupt: () => {
      for (const signal of ['SIGINT', 'SIGTERM']) {
        process.once(signal, () => run().finally(() => process.exit(1)));
      }
    },
  };
};
