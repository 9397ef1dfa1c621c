import isPlainObject from 'lodash/isPlainObject';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';

/** Deeper than any body of these routes, shallow enough for every validator behind them. */
const MAXIMUM_DEPTH = 16;

/** Level by level, since a recursive look would overflow on the very input that it is to find. */
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

/** RFC 5321, section 4.5.3.1.3. The column takes one more; Postgres and MySQL refuse the rest. */
const MAXIMUM_EMAIL_LENGTH = 254;

/** For values that are known to be shallow. */
const holdsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\u0000')
    : typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);

/**
 * Refuses a body that is no object, is nested without end, or has text that a database refuses
 * (Postgres: any NUL). Strapi's own actions take all that for granted and answer 500 otherwise.
 *
 * @throws an error that Strapi answers with 400
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
