import { createClient } from './client.mjs';
import { createEnvironment } from './environment.mjs';
import { runLoad } from './load.mjs';
import { startServer } from './server.mjs';
import { VARIANTS } from './variants.mjs';

/**
 * Starts a variant on a database of its own and registers its users.
 *
 * @param variant a key of `VARIANTS`
 * @param state `empty`, or `full` when the session table is to be filled
 */
export const startInstance = async (
  { variant, state },
  { apps, database, clientCount, cleanUp },
) => {
  const { app, environment: createDifferences, table = 'strapi_sessions' } = VARIANTS[variant];
  const environment = {
    ...createEnvironment(),
    ...database.environment,
    ...createDifferences?.(),
  };
  const server = await startServer(apps[app], environment, cleanUp);
  const clients = Array.from({ length: clientCount }, (_, index) =>
    createClient(server, `user${index}`),
  );
  cleanUp.add(() => clients.forEach((client) => client.close()));
  for (const client of clients) await client.register();

  return {
    variant,
    state,
    database,
    clients,
    table,
    refreshSecret: environment.REFRESH_SECRET,
    usage: server.usage,

    async loginAll() {
      for (const client of clients) await client.login();
    },

    /** Deletes rotated tokens, so that every round with an empty table starts with one row a session. */
    async reset() {
      if (variant === 'strapi')
        await database.query(`delete from ${table} where status <> 'active'`);
      await database.settle();
    },

    /**
     * Runs a load with all clients at once. Resolves to its figures and the milliseconds of processor time
     * that a request costs.
     */
    async measureLoad(send, times) {
      let requests = 0;
      const countAndSend = (client) => {
        requests += 1;
        return send(client);
      };
      const before = [await server.usage(), await database.processorTime()];
      const figures = await runLoad(clients, countAndSend, times);
      const after = [await server.usage(), await database.processorTime()];
      return {
        ...figures,
        serverCpu: (after[0].cpu - before[0].cpu) / requests,
        databaseCpu: after[1] === null ? null : (after[1] - before[1]) / requests,
      };
    },
  };
};
