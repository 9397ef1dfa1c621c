import { createClient } from './client.mjs';
import { createEnvironment } from './environment.mjs';
import { drive } from './load.mjs';
import { startServer } from './server.mjs';

/** Where a variant stores a refresh; the others store nothing, here or elsewhere. */
const SESSION_TABLES = { project: 'up_sessions', strapi: 'strapi_sessions' };

/**
 * A variant that runs on a database of its own, with users.
 *
 * @param kind `variant` and `state`: `empty` or `full`
 */
export const startInstance = async ({ variant, state }, { app, database, clients, cleanUp }) => {
  const environment = { ...createEnvironment(), ...database.environment };
  const server = await startServer(app, environment, cleanUp);
  const people = Array.from({ length: clients }, (_, index) =>
    createClient(server, `person${index}`),
  );
  cleanUp.add(() => people.forEach((person) => person.close()));
  for (const person of people) await person.register();

  const table = SESSION_TABLES[variant] ?? 'strapi_sessions';

  return {
    variant,
    state,
    database,
    people,
    table,
    refreshSecret: environment.REFRESH_SECRET,
    usage: server.usage,

    async loginAll() {
      for (const person of people) await person.login();
    },

    /** Back to one row a session: an empty table stays as good as empty, whoever fills it. */
    async tidy() {
      if (variant === 'strapi')
        await database.query(`delete from ${table} where status <> 'active'`);
      await database.settle();
    },

    /** Drives all clients at once; also says what a request cost in processor time. */
    async drive(send, times) {
      let requests = 0;
      const counted = (person) => {
        requests += 1;
        return send(person);
      };
      const before = [await server.usage(), await database.processorTime()];
      const figures = await drive(people, counted, times);
      const after = [await server.usage(), await database.processorTime()];
      return {
        ...figures,
        serverCpu: (after[0].cpu - before[0].cpu) / requests,
        databaseCpu: after[1] === null ? null : (after[1] - before[1]) / requests,
      };
    },
  };
};
