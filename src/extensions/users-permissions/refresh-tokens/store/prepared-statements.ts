import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';

/** The part of a knex statement that is used here. */
interface Statement<Result> extends PromiseLike<Result> {
  options(options: { name: string }): PromiseLike<Result>;
  toSQL(): { readonly sql: string };
}

/**
 * Runs a statement that is built anew for each call, with other values.
 *
 * @param label what it does; the text of all statements of one label is the same
 */
export type RunStatement = <Result>(
  label: string,
  build: () => Statement<Result>,
) => Promise<Result>;

/** PostgreSQL: the name is unknown to this connection, or taken, or its plan is out of date. */
const REFUSALS = ['26000', '42P05', '0A000'];

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code));

/** By its text, so that two versions of this code never mean different things by one name. */
const nameOf = (label: string, { sql }: { sql: string }): string =>
  `${label}_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;

/**
 * Makes what runs the statements of every refresh and every request (docs/decisions/0026):
 * PostgreSQL parses and plans such a statement once for each connection. Other databases get it as
 * it is.
 *
 * Behind a pooler that takes another connection for each statement, names mean nothing. A refusal
 * has changed nothing, so that the statement is sent again without a name, and so are all to come.
 *
 * @param warn hears of that, once
 */
export const createRunStatement = (
  { dialect }: Pick<Core.Strapi['db'], 'dialect'>,
  warn: (message: string) => void,
): RunStatement => {
  const names = new Map<string, string>();
  let isPreparing = dialect.client === 'postgres';

  const giveUp = (reason: unknown): void => {
    if (!isPreparing) return;
    isPreparing = false;
    warn(
      `PostgreSQL refuses a prepared statement (${(reason as Error).message}), as it does behind a ` +
        'pooler in transaction mode. Statements are sent unprepared from now on.',
    );
  };

  return async (label, build) => {
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
};
