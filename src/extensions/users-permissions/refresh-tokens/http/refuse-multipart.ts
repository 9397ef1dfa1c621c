import type { Core } from '@strapi/strapi';
import type { Next } from 'koa';
import type { StrapiKoaContext } from '../shapes';
import { answerRefusal, refusal } from './refusals';

/**
 * Refuses `multipart/*` on `/auth/*` and `/token/*`, before the body is parsed. No route there takes
 * a file, and the multipart parser below Strapi waits for ever on some broken bodies.
 */
export const refuseMultipart = (_config: unknown, { strapi }: { strapi: Core.Strapi }) => {
  const prefix = strapi.config.get<string>('api.rest.prefix', '/api');
  const isOurs = (path: string): boolean =>
    ['auth', 'token'].some((area) =>
      path.toLowerCase().startsWith(`${prefix}/${area}/`.toLowerCase()),
    );

  return async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
    if (isOurs(ctx.path) && ctx.is('multipart/*')) {
      return answerRefusal(refusal('multipart'), ctx);
    }
    await next();
  };
};
