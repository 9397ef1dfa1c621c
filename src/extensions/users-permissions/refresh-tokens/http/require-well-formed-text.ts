import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal } from './refusals';

/** Every text in a value, names of fields included. With a stack of its own: JSON may be very deep. */
const textsIn = function* (value: unknown): Generator<string> {
  const pending = [value];
  while (pending.length > 0) {
    const entry = pending.pop();
    if (typeof entry === 'string') yield entry;
    if (typeof entry !== 'object' || entry === null) continue;
    for (const [name, child] of Object.entries(entry)) pending.push(name, child);
  }
};

const isWellFormed = (value: unknown): boolean => {
  for (const text of textsIn(value)) if (!text.isWellFormed()) return false;
  return true;
};

/**
 * Refuses half a surrogate pair (`"\ud800"` in JSON) in any body or query, on every route.
 *
 * bcryptjs 2.4.3, which Strapi hashes passwords with, never returns from such text: one anonymous
 * login, an administrator's too, would end the process (design section 6, bad input).
 *
 * @throws an error that Strapi answers with 400
 */
export const requireWellFormedText = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  if (!isWellFormed([ctx.request.body, ctx.query])) throw refusal('malformed-text');
  await next();
};
