import sum from 'lodash/sum';
import type { Report } from './simulated-clients';

/** Says what a storm has seen, and what was done to the servers meanwhile. */
export const print = (title: string, report: Report, done: Record<string, number> = {}): void => {
  const { honestLogouts, forks, serverErrors, lostAnswers, ...counts } = report;
  const figures = {
    ...counts,
    ...done,
    '5xx': serverErrors,
    lostAnswers,
    forks: forks.length,
    honestLogouts: sum(Object.values(honestLogouts)),
  };
  const line = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${title}: ${line.join(', ')}\n`);
};
