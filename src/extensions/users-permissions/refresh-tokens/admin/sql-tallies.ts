import type { Core } from '@strapi/strapi';
import type { Tally, TallyStore } from './tally-days';

const TALLY = 'plugin::users-permissions.session-tally';

/** The only file that knows the table `up_session_tallies`. */
export const createTallyStore = (db: Core.Strapi['db']): TallyStore => {
  const knex = db.connection;
  const tableName = () => db.metadata.get(TALLY).tableName;

  return {
    async add({ day, logins, reuses }) {
      // Several instances add to one day: the database does the sum.
      await db
        .getConnection(tableName())
        .insert({ day, logins, reuses })
        .onConflict('day')
        .merge({
          logins: knex.raw('?? + ?', [`${tableName()}.logins`, logins]),
          reuses: knex.raw('?? + ?', [`${tableName()}.reuses`, reuses]),
        });
    },

    async findSince(day) {
      return db
        .getConnection(tableName())
        .select<Tally[]>('day', 'logins', 'reuses')
        .where('day', '>=', day);
    },
  };
};
