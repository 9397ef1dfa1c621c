import { errors } from '../strapi-errors';
import isEmpty from 'lodash/isEmpty';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';

/**
 * A database has refused a value that the column cannot hold: PostgreSQL's class 22 ("data exception"), the same of
 * InnoDB, and SQLite's text where it needs an integer.
 */
const VALUE_REFUSED =
  /^(22...|SQLITE_MISMATCH|ER_(DATA_TOO_LONG|WARN_DATA_OUT_OF_RANGE|WRONG_VALUE|TRUNCATED_WRONG_VALUE(_FOR_FIELD)?))$/;

/** PostgreSQL: the type of a column has no such operator (`$contains` on a number). */
const OPERATOR_REFUSED = '42883';

/** better-sqlite3 refuses an object or a boolean, without a code. */
const NOT_BOUND = /SQLite3 can only bind /;

/**
 * The first line of a stack where code has thrown that does nothing but read input: Strapi's and knex's builders of
 * queries, the types of columns, the form of a role, and the validator of bodies, which takes the field "constructor"
 * for a rule. They throw plain errors and TypeErrors. Connections, pools and drivers are in other files.
 */
const READS_INPUT =
  /^ +at .*[\\/](@strapi[\\/]database[\\/]dist[\\/](query|fields|entity-manager)|knex[\\/]lib[\\/](dialects[\\/][\w-]+[\\/])?(query|formatter)|yup[\\/]lib|@strapi[\\/]plugin-users-permissions[\\/]dist[\\/]server[\\/]services[\\/]role\.js)\b/;

const firstFrameOf = ({ stack = '' }: Error): string =>
  stack.split('\n').find((line) => /^ +at /.test(line)) ?? '';

const hasInput = ({ method, query }: StrapiKoaContext): boolean =>
  !isEmpty(query) || !/^(GET|HEAD)$/.test(method);

/** Returns the refusal for an error that a wrong value of the client has caused, and any other error unchanged. */
export const toWrongValue = (error: unknown, ctx: StrapiKoaContext): unknown => {
  if (!(error instanceof Error) || error instanceof errors.ApplicationError) return error;
  const { code } = error as { code?: unknown };
  // Not `instanceof`: Strapi has its own copy of zod.
  const isOfReader = error.name === 'ZodError' || READS_INPUT.test(firstFrameOf(error));
  const isWrongValue =
    VALUE_REFUSED.test(String(code)) ||
    NOT_BOUND.test(error.message) ||
    (hasInput(ctx) && (code === OPERATOR_REFUSED || isOfReader));
  return isWrongValue ? refusal('wrong-value') : error;
};
