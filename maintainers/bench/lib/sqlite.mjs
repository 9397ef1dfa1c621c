import path from 'node:path';
import Database from 'better-sqlite3';

export const sqliteVersion = () => {
  const database = new Database(':memory:');
  const version = database.prepare('select sqlite_version()').pluck().get();
  database.close();
  return version;
};

/** Returns a database whose file the server creates in the work folder. The folder is deleted at the end. */
export const createSqliteDatabase = async (name, folder) => {
  const filename = path.join(folder, `${name}.db`);
  return {
    environment: { DATABASE_CLIENT: 'sqlite', DATABASE_FILENAME: filename },
    async query(sql) {
      const database = new Database(filename);
      try {
        return database.prepare(sql).run();
      } finally {
        database.close();
      }
    },
    async settle() {
      // Nothing to do: SQLite checkpoints its write-ahead log as part of later commits.
    },
    async processorTime() {
      // SQLite runs inside the server process, whose processor time is measured there.
      return 0;
    },
  };
};
