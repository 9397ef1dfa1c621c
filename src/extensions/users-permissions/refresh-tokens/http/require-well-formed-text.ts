import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';

/** Yields every string in a value, field names included. Not recursive: JSON may be very deep. */
const textsIn = function* (value: unknown): Generator<string> {
  const pending = [value];
  while (pending.length > 0) {
    const entry = pending.pop();
    if (typeof entry === 'string') yield entry;
    if (typeof entry !== 'object' || entry === null) continue;
    for (const [name, child] of Object.entries(entry)) pending.push(name, child);
  }
};

/** Returns whether no string in a value has half a surrogate pair. */
export const isWellFormed = (value: unknown): boolean => {
  for (const text of textsIn(value)) if (!text.isWellFormed()) return false;
  return true;
};

/**
 * Refuses half a surrogate pair (`"\ud800"` in JSON) in any body or query, on every route (design
 * section 6, bad input).
 *
 * bcryptjs 2.4.3, with which Strapi hashes passwords, loops on such text until the process runs out of
 * memory: one anonymous login, to the API or to the admin panel, would end it.
 *
 * @throws an error that Strapi turns into a 400
 */
export const requireWellFormedText = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  if (!isWellFormed([ctx.request.body, ctx.query])) throw refusal('malformed-text');
  await next();
};
