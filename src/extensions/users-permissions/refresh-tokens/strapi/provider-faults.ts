import type { Core } from '@strapi/strapi';
import { errors } from '../strapi-errors';

type RequestContext = NonNullable<ReturnType<Core.Strapi['requestContext']['get']>>;

/** The method of Strapi's `providers` service that finds or creates the user of a profile. */
interface ProvidersService {
  connect(...call: unknown[]): Promise<unknown>;
}

/** Strapi refuses with a plain error (`services/providers.js` of the plugin) or one of its own. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.ApplicationError ||
  (error instanceof Error && error.constructor === Error && !('code' in error));

/**
 * Creates the memory of the faults in a login through a provider. Strapi's callback turns every error into
 * a 400 with its message, which for a database fault is the SQL.
 */
export const createProviderFaults = (strapi: Core.Strapi) => {
  const faults = new WeakMap<RequestContext, unknown>();

  return {
    /** Returns the fault, but no refusal, that Strapi met in a request; undefined without one. */
    faultOf: (ctx: RequestContext): unknown => faults.get(ctx),

    /** Returns Strapi's `providers` service, which remembers its faults. */
    extendProviders: <Service extends object>(service: Service): Service => {
      const original = service as Service & ProvidersService;
      const remembering: ProvidersService = {
        async connect(...call) {
          try {
            return await original.connect(...call);
          } catch (error) {
            const ctx = strapi.requestContext.get();
            if (ctx && !isRefusal(error)) faults.set(ctx, error);
            throw error;
          }
        },
      };
      return { ...original, ...remembering };
    },
  };
};
