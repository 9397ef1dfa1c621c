import { expect } from 'vitest';
import type { SimulatedClients } from './simulated-clients';

/** A database that a test queries directly, not through the servers. */
export interface Database {
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** Expects one row for each session, not revoked and at the generation of its client's newest token. */
export const expectStoredAsIssued = async ({
  database,
  clientGroups,
}: {
  database: Database;
  clientGroups: readonly SimulatedClients[];
}): Promise<void> => {
  const rows = await database.query(
    'select session_id, generation, revoked_reason from up_sessions',
  );
  expect(rows.filter(({ revoked_reason }) => revoked_reason !== null)).toEqual([]);

  const stored = new Map(rows.map((row) => [row.session_id, Number(row.generation)]));
  expect(rows).toHaveLength(stored.size);
  const issued = clientGroups.flatMap((clients) => [...clients.newestGenerations()]);
  expect(stored).toEqual(new Map(issued));
};
