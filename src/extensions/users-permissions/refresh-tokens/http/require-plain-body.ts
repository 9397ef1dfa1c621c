import isPlainObject from 'lodash/isPlainObject';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';

/** Deeper than any valid body of these routes, and no problem for the recursive code behind them. */
const MAXIMUM_DEPTH = 16;

/** Goes level by level: recursion would overflow the stack on the input that it has to find. */
const isDeeperThan = (maximum: number, value: unknown): boolean => {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maximum) return true;
    level = level.flatMap((entry) =>
      typeof entry === 'object' && entry !== null ? Object.values(entry) : [],
    );
  }
  return false;
};

const isRecord = (value: unknown): value is Record<string, unknown> => isPlainObject(value);

/** RFC 5321, section 4.5.3.1.3. The column has 255 characters; PostgreSQL and MySQL reject longer text. */
const MAXIMUM_EMAIL_LENGTH = 254;

/** Recursive: only for values whose depth has been checked. */
const holdsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\u0000')
    : typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);

/**
 * Refuses a body that is not an object, is nested too deeply, or has text that a database rejects: a
 * NUL (PostgreSQL) or an e-mail address that is too long for its column. Strapi's own actions do not
 * check that and would respond with 500.
 *
 * @throws an error that Strapi turns into a 400
 */
export const requirePlainBody = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  const body: unknown = ctx.request.body;
  if (!isRecord(body)) throw refusal('body-not-plain');
  if (isDeeperThan(MAXIMUM_DEPTH, body)) throw refusal('body-too-deep');
  if (holdsNul(body)) throw refusal('body-with-nul');
  if (typeof body.email === 'string' && body.email.length > MAXIMUM_EMAIL_LENGTH) {
    throw refusal('email-too-long');
  }
  await next();
};
