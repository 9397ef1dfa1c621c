import type { Core } from '@strapi/strapi';
import createServer from '@strapi/plugin-users-permissions/strapi-server';
import memoize from 'lodash/memoize';

type Service = Readonly<Record<string, unknown>>;

/**
 * A copy, made when this file is loaded: the object exists once in the process, and `plugin.services.user = …` of a
 * project changes it.
 */
const stockServices = { ...createServer().services };

/**
 * Creates the function that returns whether a method of a service of users-permissions is still Strapi's own: a project
 * may replace it, before or after this extension and while the server runs.
 *
 * It compares the code: each call of the factory of a service returns other functions.
 */
export const createStockCheck = (strapi: Core.Strapi) => {
  const codeOf = memoize(String);
  const stockCodeOf = memoize(
    (name: string, method: string) =>
      String((stockServices[name]?.({ strapi }) as Service | undefined)?.[method]),
    (name, method) => `${name}.${method}`,
  );
  return (name: string, method: string): boolean => {
    const service: Service = strapi.plugin('users-permissions').service(name);
    return codeOf(service[method]) === stockCodeOf(name, method);
  };
};
