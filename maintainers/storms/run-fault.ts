import { expect } from 'vitest';
import { printReport } from './print-report';
import type { RefreshReport, SimulatedClients } from './simulated-clients';
import { expectStoredAsIssued, type Database } from './stored-sessions';

/** The database of the servers under test, and every group of clients that has sessions in it. */
export interface FaultContext {
  readonly database: Database;
  readonly clientGroups: readonly SimulatedClients[];
}

/**
 * Causes a fault while clients refresh. Expects that no client is refused meanwhile, and that afterwards all
 * clients are logged in and the database agrees with their tokens.
 *
 * @param clients the group that refreshes during the fault
 * @param fault causes the fault and removes it; gets a function that returns what the clients have observed so
 *   far, and resolves to figures about the fault, which are printed
 */
export const runFault = async (
  { database, clientGroups }: FaultContext,
  title: string,
  clients: SimulatedClients,
  fault: (progress: () => RefreshReport) => Promise<Record<string, number>>,
): Promise<RefreshReport> => {
  let faultFigures = {};
  const report = await clients.refreshDuring(async (progress) => {
    faultFigures = await fault(progress);
  });
  printReport(title, report, faultFigures);
  expect(report).toMatchObject({ forks: [], refusals: {} });
  await clients.expectAllLoggedIn();
  await expectStoredAsIssued({ database, clientGroups });
  return report;
};
