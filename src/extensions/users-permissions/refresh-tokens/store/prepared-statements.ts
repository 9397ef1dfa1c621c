import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import { retryLostRaces } from './lost-race';

/** The part of a knex statement that is used here. */
interface Statement<Result> extends PromiseLike<Result> {
  options(options: { name: string }): PromiseLike<Result>;
  toSQL(): { readonly sql: string };
  transacting(transaction: Knex.Transaction): PromiseLike<Result>;
}

/**
 * Runs a statement.
 *
 * @param label names the statement; statements of one label have the same text, with other values
 * @param build is called again when the statement has to be sent a second time
 */
export type RunStatement = <Result>(
  label: string,
  build: () => Statement<Result>,
) => Promise<Result>;

/** PostgreSQL's error codes: the name is unknown to this connection, taken, or its plan is outdated. */
const REFUSALS = ['26000', '42P05', '0A000'];

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code));

// With a hash of the text, so that two versions of this code never use one name for two statements.
const nameOf = (label: string, { sql }: { sql: string }): string =>
  `${label}_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;

/**
 * Creates the function that runs the statements of each refresh and each authenticated request as
 * prepared statements (docs/decisions/0026): PostgreSQL then parses and plans each once a connection.
 * Other databases receive them unprepared.
 *
 * A pooler in transaction mode uses another connection for each statement, on which the name is unknown.
 * PostgreSQL refuses before it executes anything, so the statement is sent again without a name, and so
 * are all later statements.
 *
 * Inside a transaction of Strapi a statement joins it, unprepared: on SQLite, which has one connection, it
 * would otherwise wait for the end of that transaction for ever. Outside of one it is sent again when it has
 * lost a race.
 *
 * @param warn is called once when that happens
 */
export const createStatementRunner = (
  db: Pick<Core.Strapi['db'], 'dialect' | 'inTransaction' | 'transaction'>,
  warn: (message: string) => void,
): RunStatement => {
  const names = new Map<string, string>();
  let isPreparing = db.dialect.client === 'postgres';

  const giveUp = (reason: unknown): void => {
    if (!isPreparing) return;
    isPreparing = false;
    warn(
      `PostgreSQL refuses a prepared statement (${(reason as Error).message}), as it does behind a ` +
        'pooler in transaction mode. Statements are sent unprepared from now on.',
    );
  };

  const runOnce: RunStatement = async (label, build) => {
    const statement = build();
    if (!isPreparing) return statement;
    const name = names.get(label) ?? nameOf(label, statement.toSQL());
    names.set(label, name);
    try {
      return await statement.options({ name });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      giveUp(error);
      return build();
    }
  };

  return async (label, build) => {
    if (db.inTransaction()) return db.transaction(({ trx }) => build().transacting(trx));
    return retryLostRaces(() => runOnce(label, build));
  };
};
