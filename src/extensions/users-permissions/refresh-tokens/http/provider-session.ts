import unset from 'lodash/unset';
import type { StrapiKoaContext } from '../shapes';

/**
 * Forgets what a login provider has answered. Strapi keeps it in its session cookie `koa.sess`, in which the
 * callback finds it: whoever opens the callback in the same browser later would be logged in again, also
 * after a logout. Does nothing in a project without `strapi::session`.
 */
export const forgetProvider = (ctx: StrapiKoaContext): void => {
  if (ctx.session?.['grant'] !== undefined) unset(ctx.session, 'grant');
};
