import type { Core } from '@strapi/strapi';
import omit from 'lodash/omit';

type DocumentMiddleware = Parameters<Core.Strapi['documents']['use']>[0];

const USER = 'plugin::users-permissions.user';

/**
 * Creates the document middleware that removes the password from an update of a user if it is the
 * current one. A form that sends the whole user back would otherwise store the same password with a new
 * hash, which looks like a change and would end all sessions. Later the password is hashed.
 */
export const createUnchangedPasswordFilter =
  (strapi: Core.Strapi): DocumentMiddleware =>
  async (context, next) => {
    if (context.uid !== USER || context.action !== 'update') return next();

    const params = context.params as { documentId: string; data?: { password?: unknown } };
    const { password } = params.data ?? {};
    if (typeof password !== 'string' || password === '') return next();

    const user = await strapi.db
      .query(USER)
      .findOne({ select: ['password'], where: { documentId: params.documentId } });
    const isUnchanged =
      user?.password &&
      (await strapi
        .plugin('users-permissions')
        .service('user')
        .validatePassword(password, user.password));
    if (isUnchanged) params.data = omit(params.data, 'password');
    return next();
  };
