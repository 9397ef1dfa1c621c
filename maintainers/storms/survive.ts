import { expect } from 'vitest';
import type { SimulatedClients, Report } from './simulated-clients';
import { print } from './print';
import { expectStoredAsIssued, type Database } from './stored-sessions';

/** Everybody who has a session, and where the sessions are. */
export interface World {
  readonly database: Database;
  readonly crowds: readonly SimulatedClients[];
}

/**
 * A fault in the middle of a storm: nobody is sent away while it lasts, and all is well afterwards.
 *
 * @param crowd those who refresh meanwhile
 * @param fault brings the fault and removes it; resolves to what was done, as figures to print
 */
export const survive = async (
  { database, crowds }: World,
  title: string,
  crowd: SimulatedClients,
  fault: () => Promise<Record<string, number>>,
): Promise<Report> => {
  let done = {};
  const report = await crowd.storm(async () => {
    done = await fault();
  });
  print(title, report, done);
  expect(report).toMatchObject({ forks: [], honestLogouts: {} });
  await crowd.expectAllLoggedIn();
  await expectStoredAsIssued({ database, crowds });
  return report;
};
