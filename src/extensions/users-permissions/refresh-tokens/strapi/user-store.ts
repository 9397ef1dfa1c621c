import type { Core } from '@strapi/strapi';
import type { Owner } from '../core/session';

/** An account before a change. */
export interface StoredAccount extends Owner {
  /** The stored hash. */
  readonly password: string | null;
  readonly email: string | null;
}

/** Creates the queries on the table of users. */
export const createUserStore = (db: Core.Strapi['db']) => ({
  /** Returns the accounts that match a condition, in the open transaction if there is one. */
  async find(where: object | undefined): Promise<StoredAccount[]> {
    const users = await db
      .query('plugin::users-permissions.user')
      .findMany({ select: ['id', 'documentId', 'password', 'email'], where });
    return users.map(({ id, documentId, password, email }) => ({
      id: Number(id),
      documentId: String(documentId),
      password: password ?? null,
      email: email ?? null,
    }));
  },
});
