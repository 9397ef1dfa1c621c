import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';

/**
 * Takes the query out of the URL once the request is done, before `strapi::logger` writes its line: queries
 * carry confirmation codes and the tokens of login providers.
 */
export const hideQuery = async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
  try {
    await next();
  } finally {
    ctx.querystring = '';
  }
};
