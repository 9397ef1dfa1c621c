import type { Core } from '@strapi/strapi';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { refusal, sendRefusal } from './refusals';

/**
 * Creates the middleware that refuses `multipart/*` on `/auth/*` and `/token/*` with 415, before the
 * body is parsed. No route there takes a file, and Strapi's multipart parser never returns from some
 * broken bodies (docs/decisions/0008).
 */
export const refuseMultipart = (_config: unknown, { strapi }: { strapi: Core.Strapi }) => {
  const prefix = strapi.config.get<string>('api.rest.prefix', '/api');
  const takesNoFile = (path: string): boolean =>
    ['auth', 'token'].some((area) =>
      path.toLowerCase().startsWith(`${prefix}/${area}/`.toLowerCase()),
    );

  return async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
    if (takesNoFile(ctx.path) && ctx.is('multipart/*')) {
      return sendRefusal(refusal('multipart'), ctx);
    }
    await next();
  };
};
