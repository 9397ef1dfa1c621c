import sum from 'lodash/sum';
import type { RefreshReport } from './simulated-clients';

/**
 * Prints a report in one line.
 *
 * @param fault figures about the fault that was caused meanwhile
 */
export const printReport = (
  title: string,
  report: RefreshReport,
  fault: Record<string, number> = {},
): void => {
  const { refusals, forks, serverErrors, lostResponses, ...counts } = report;
  const figures = {
    ...counts,
    ...fault,
    '5xx': serverErrors,
    lostResponses,
    forks: forks.length,
    refusals: sum(Object.values(refusals)),
  };
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${title}: ${texts.join(', ')}\n`);
};
