/** A PostgreSQL database, as far as filling it goes. */
interface Database {
  /** Runs a statement with `$1`, `$2` … for its values. */
  query(sql: string, values?: readonly number[]): Promise<unknown>;
  /** Brings the statistics of the planner up to date. */
  settle(): Promise<void>;
}

export function fillManySessions(database: Database, rows: number): Promise<void>;
