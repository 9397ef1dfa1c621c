// Forces a full garbage collection at each SIGUSR2. Loaded with `node --expose-gc --require`.
process.on('SIGUSR2', () => globalThis.gc());
