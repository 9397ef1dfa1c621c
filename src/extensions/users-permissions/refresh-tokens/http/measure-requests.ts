import type { Next } from 'koa';
import type { Metrics } from '../services/metrics';
import type { StrapiKoaContext } from '../shapes';

/** Creates the middleware that measures every request. It has to be the first of all. */
export const createRequestMeasurement =
  ({ observeRequest }: Pick<Metrics, 'observeRequest'>) =>
  async (ctx: StrapiKoaContext, next: Next): Promise<void> => {
    const start = performance.now();
    await next();
    // The pattern of the route, as @koa/router stores it. A path would be a value of its own for each id.
    const route = (ctx['_matchedRoute'] as unknown) ?? 'none';
    const seconds = (performance.now() - start) / 1000;
    observeRequest(ctx.method, String(route), ctx.status, seconds);
  };
