import { expect } from 'vitest';
import type { SimulatedClients } from './simulated-clients';

/** A database that can be asked, past the servers that use it. */
export interface Database {
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** Each session has one row, which is live and at the generation that its client has. */
export const expectStoredAsIssued = async ({
  database,
  crowds,
}: {
  database: Database;
  crowds: readonly SimulatedClients[];
}): Promise<void> => {
  const rows = await database.query(
    'select session_id, generation, revoked_reason from up_sessions',
  );
  expect(rows.filter(({ revoked_reason }) => revoked_reason !== null)).toEqual([]);

  const stored = new Map(rows.map((row) => [row.session_id, Number(row.generation)]));
  expect(rows).toHaveLength(stored.size);
  expect(stored).toEqual(new Map(crowds.flatMap((crowd) => [...crowd.newestGenerations()])));
};
