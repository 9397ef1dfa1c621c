import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from './client.mjs';
import { createEnvironment } from './environment.mjs';
import { createPostgresDatabase } from './postgres.mjs';
import { progress } from './progress.mjs';
import { startCommand } from './server.mjs';
import { median } from './statistics.mjs';

/** The share of the refreshes that a variant gets: with all of them, Strapi's own mode takes twenty minutes or more. */
const SHARES = { project: 1, strapi: 0.1 };
/** Long enough for a garbage collection, in milliseconds. */
const COLLECTION_TIME = 2000;
const BYTES_PER_KIBIBYTE = 1024;
const BYTES_PER_MEGABYTE = 1_000_000;

/** Resolves to the resident memory of a process after a garbage collection, in MB. */
const residentMemory = async ({ child }) => {
  child.kill('SIGUSR2');
  await pause(COLLECTION_TIME);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)]);
  return (Number(stdout) * BYTES_PER_KIBIBYTE) / BYTES_PER_MEGABYTE;
};

/** Measures boots, each at every app in turn. The first creates the tables, and is not counted. */
const measureBoots = async (started, count, cleanUp) => {
  const times = started.map(() => []);
  for (let boot = 0; boot <= count; boot += 1) {
    progress(`Boots: ${boot} of ${count}`);
    for (const [index, { app, environment }] of started.entries()) {
      const server = await startCommand(app, environment, cleanUp);
      await server.stop();
      if (boot > 0) times[index].push(server.bootTime);
    }
  }
  return times.map(median);
};

/** Returns the memory of an app after its boot and after many refreshes, in MB. */
const measureMemory = async ({ app, environment, refreshes, clientCount }, cleanUp) => {
  const server = await startCommand(app, environment, cleanUp);
  const booted = await residentMemory(server);
  const clients = Array.from({ length: clientCount }, (_, index) =>
    createClient(server, `user${index}`),
  );
  cleanUp.add(() => clients.forEach((client) => client.close()));
  let left = refreshes;
  const run = async (client) => {
    await client.register();
    await client.login();
    while (left > 0) {
      left -= 1;
      await client.refresh();
    }
  };
  await Promise.all(clients.map(run));
  return { booted, refreshed: await residentMemory(server) };
};

/**
 * Measures boots, and the memory after refreshes, as `npm start` runs them. Resolves for each variant to
 * `{ bootTime, booted, refreshed, refreshes }`, in milliseconds and MB.
 */
export const measureFootprint = async ({ apps, options, cleanUp }) => {
  const { boots, clients: clientCount } = options;
  const variants = Object.keys(SHARES);
  const started = await Promise.all(
    variants.map(async (variant) => {
      const name = `strapi_bench_${process.pid}_boot_${variant}`;
      const database = await createPostgresDatabase(name, cleanUp);
      return {
        app: apps[variant],
        environment: { ...createEnvironment(), ...database.environment },
        refreshes: Math.ceil(options.refreshes * SHARES[variant]),
        clientCount,
      };
    }),
  );
  const bootTimes = await measureBoots(started, boots, cleanUp);
  progress(`Memory: ${started.map(({ refreshes }) => refreshes).join(' and ')} refreshes`);
  const memory = await Promise.all(started.map((each) => measureMemory(each, cleanUp)));
  return Object.fromEntries(
    variants.map((variant, index) => [
      variant,
      {
        bootTime: bootTimes[index],
        ...memory[index],
        refreshes: started[index].refreshes,
      },
    ]),
  );
};
