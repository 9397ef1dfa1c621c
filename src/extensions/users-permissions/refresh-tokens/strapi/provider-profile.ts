import { errors } from '../strapi-errors';
import pick from 'lodash/pick';

/** The method of Strapi's `providers-registry` service that returns a profile. */
interface ProvidersRegistry {
  run(options: unknown): Promise<object>;
}

/**
 * Returns Strapi's `providers-registry` service with profiles of a name and an e-mail address alone. Strapi
 * stores every field of a profile in the row of a new user (`services/providers.js` of the plugin), so a
 * provider could choose its `id`, or a `password` that is not hashed.
 *
 * An error of the provider becomes a refusal: it is not a fault of this server.
 */
export const limitProviderProfile = <Service extends object>(service: Service): Service => {
  const original = service as Service & ProvidersRegistry;
  const limited: ProvidersRegistry = {
    async run(options) {
      const profile = await original.run(options).catch((error: Error) => {
        throw new errors.ApplicationError(error.message);
      });
      return pick(profile, ['username', 'email']);
    },
  };
  return { ...original, ...limited };
};
