import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import { retryLostRaces } from './lost-race';
import type { Row } from './session-table';

/** A value of a statement. */
export type Value = string | number | boolean | Date | null;

/** The part of a knex statement that is used here. */
interface Statement {
  toSQL(): { readonly sql: string; readonly bindings: readonly unknown[] };
}

/** What a statement has returned or changed. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** How many rows it has inserted or updated. */
  readonly count: number;
}

/**
 * Runs a statement.
 *
 * @param label names the statement; statements of one label have the same text, with other values
 * @param build is called once for each label, with a stand-in for each value: knex takes longer to write such a
 *   statement than PostgreSQL to run it
 */
export type RunStatement = (
  label: string,
  values: readonly Value[],
  build: (...values: Knex.Value[]) => Statement,
) => Promise<Outcome>;

/** Stands for a value while knex writes the text of a statement. */
class StandIn {
  constructor(readonly index: number) {}
}

/** A statement whose text is known. */
interface Compiled {
  readonly sql: string;
  readonly name: string;
  bind(values: readonly Value[]): Knex.Value[];
}

/** PostgreSQL's error codes: the name is unknown to this connection, taken, or its plan is outdated. */
const REFUSALS = ['26000', '42P05', '0A000'];

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code));

// With a hash of the text, so that two versions of this code never use one name for two statements.
const nameOf = (label: string, sql: string): string =>
  `${label}_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;

const compile = (label: string, count: number, build: Parameters<RunStatement>[2]): Compiled => {
  const standIns = Array.from({ length: count }, (_, index) => new StandIn(index));
  const { sql, bindings } = build(...(standIns as unknown as Knex.Value[])).toSQL();
  return {
    sql,
    name: nameOf(label, sql),
    bind: (values) =>
      bindings.map(
        (bound) => (bound instanceof StandIn ? values[bound.index] : bound) as Knex.Value,
      ),
  };
};

/** Each driver returns the result of a raw statement in a shape of its own. */
const OUTCOMES: Readonly<Record<string, (result: never) => Outcome>> = {
  postgres: ({ rows, rowCount }: { rows: Row[]; rowCount: number }) => ({ rows, count: rowCount }),
  sqlite: (result: Row[] | { changes: number }) =>
    Array.isArray(result)
      ? { rows: result, count: result.length }
      : { rows: [], count: result.changes },
  mysql: ([result]: [Row[] | { affectedRows: number }]) =>
    Array.isArray(result)
      ? { rows: result, count: result.length }
      : { rows: [], count: result.affectedRows },
};

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
  db: Pick<Core.Strapi['db'], 'connection' | 'dialect' | 'inTransaction' | 'transaction'>,
  warn: (message: string) => void,
): RunStatement => {
  const compiled = new Map<string, Compiled>();
  const toOutcome = OUTCOMES[db.dialect.client] as (result: unknown) => Outcome;
  let isPreparing = db.dialect.client === 'postgres';

  const giveUp = (reason: unknown): void => {
    if (!isPreparing) return;
    isPreparing = false;
    warn(
      `PostgreSQL refuses a prepared statement (${(reason as Error).message}), as it does behind a ` +
        'pooler in transaction mode. Statements are sent unprepared from now on.',
    );
  };

  const runOnce = async (
    { sql, name }: Compiled,
    bindings: readonly Knex.Value[],
  ): Promise<unknown> => {
    const statement = db.connection.raw(sql, bindings);
    if (!isPreparing) return statement;
    try {
      return await statement.options({ name });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      giveUp(error);
      return db.connection.raw(sql, bindings);
    }
  };

  return async (label, values, build) => {
    const statement = compiled.get(label) ?? compile(label, values.length, build);
    compiled.set(label, statement);
    const bindings = statement.bind(values);
    const result = db.inTransaction()
      ? await db.transaction(({ trx }) =>
          db.connection.raw(statement.sql, bindings).transacting(trx),
        )
      : await retryLostRaces(() => runOnce(statement, bindings));
    return toOutcome(result);
  };
};
