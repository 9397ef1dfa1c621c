import { setTimeout } from 'node:timers/promises';
import type { Core } from '@strapi/strapi';

/**
 * Another transaction was first, and the next attempt sees what it did: PostgreSQL's serialization failure
 * and deadlock (its isolation levels "repeatable read" and "serializable"), InnoDB's deadlock and, with
 * `innodb_snapshot_isolation`, changed row.
 */
const CONFLICT = /^(40001|40P01|ER_LOCK_DEADLOCK|ER_CHECKREAD)$/;

/** The database has waited for a lock, for as long as it is set to, and has given up. */
const LOCK_TIMEOUT = /^(55P03|ER_LOCK_WAIT_TIMEOUT|SQLITE_BUSY(_.+)?)$/;

const ATTEMPTS_AFTER_CONFLICT = 10;
const ATTEMPTS_AFTER_TIMEOUT = 2;

/** How often a statement may be sent that has failed with this error. */
const attemptsFor = (error: unknown): number => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CONFLICT.test(code)) return ATTEMPTS_AFTER_CONFLICT;
  return LOCK_TIMEOUT.test(code) ? ATTEMPTS_AFTER_TIMEOUT : 1;
};

/**
 * Runs one statement outside of any transaction, and runs it again when it has lost a race. The database
 * has undone a statement that fails so: the next attempt finds what the winner left, and a conditional
 * statement changes nothing then. Ten attempts after a conflict, with pauses of up to half a second; two
 * after a lock timeout.
 *
 * @param run sends the statement; called once for each attempt
 * @throws the error of the last attempt
 */
export const retryLostRaces = async <Result>(run: () => PromiseLike<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= attemptsFor(error)) throw error;
      // A random pause: those who have lost together do not meet again.
      await setTimeout(Math.random() * 2 ** attempt);
    }
  }
};

/**
 * Creates the function that runs a statement as {@link retryLostRaces} does. Inside an open transaction it
 * runs it once: the database has undone the whole transaction, whose owner alone can repeat it.
 */
export const createRaceRetry =
  (db: Pick<Core.Strapi['db'], 'inTransaction'>) =>
  <Result>(run: () => PromiseLike<Result>): PromiseLike<Result> =>
    db.inTransaction() ? run() : retryLostRaces(run);
