// The same pool and pragmas as in the project's config/database.ts, so that the databases do not differ.
const sqlite = (env) => ({
  client: 'sqlite',
  connection: { filename: env('DATABASE_FILENAME') },
  useNullAsDefault: true,
  pool: {
    afterCreate(connection, done) {
      connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = NORMAL');
      done(undefined, connection);
    },
  },
});

const postgres = (env) => ({
  client: 'postgres',
  connection: { connectionString: env('DATABASE_URL'), schema: 'public' },
  pool: { min: 2, max: 10 },
});

module.exports = ({ env }) => ({
  connection: env('DATABASE_CLIENT') === 'sqlite' ? sqlite(env) : postgres(env),
});
