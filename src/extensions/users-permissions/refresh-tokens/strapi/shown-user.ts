import type { Core } from '@strapi/strapi';
import { USER } from '../store/session-table';

/**
 * Creates the function that returns a user as Strapi's login actions show it: without password, private fields
 * and relations; null when no such user exists.
 */
export const createShownUser =
  (strapi: Core.Strapi) =>
  async (
    { state }: { readonly state: { readonly auth?: unknown } },
    id: number,
  ): Promise<unknown> => {
    const user = await strapi.db.query(USER).findOne({ where: { id } });
    return (
      user && strapi.contentAPI.sanitize.output(user, strapi.getModel(USER), { auth: state.auth })
    );
  };
