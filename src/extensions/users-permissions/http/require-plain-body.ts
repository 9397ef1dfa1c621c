import { errors } from '@strapi/utils';
import isPlainObject from 'lodash/isPlainObject';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';

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

/**
 * Refuses a body that is no object, or one that is nested without end. Strapi's own actions take an
 * object for granted and answer 500 to anything else.
 *
 * @throws {errors.ValidationError}
 */
export const requirePlainBody = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  const body: unknown = ctx.request.body;
  if (!isPlainObject(body)) {
    throw new errors.ValidationError('The request body must be a JSON object or a form');
  }
  if (isDeeperThan(MAXIMUM_DEPTH, body)) {
    throw new errors.ValidationError('The request body is nested too deeply');
  }
  await next();
};
