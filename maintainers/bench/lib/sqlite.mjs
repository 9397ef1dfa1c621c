import path from 'node:path';
import Database from 'better-sqlite3';

export const sqliteVersion = () => {
  const database = new Database(':memory:');
  const version = database.prepare('select sqlite_version()').pluck().get();
  database.close();
  return version;
};

/** Names a database file in the work folder, which is removed in the end. */
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
      // A write-ahead log is folded in by whoever writes: there is nothing to wait for.
    },
    async processorTime() {
      // SQLite runs in the process of the server.
      return 0;
    },
  };
};
