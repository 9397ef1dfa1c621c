import type { Core } from '@strapi/strapi';
import type { Owner } from '../core/session';

/** What decides whether a change of an account ends its sessions. */
export interface StoredAccount extends Owner {
  /** The hash, as it is stored. */
  readonly password: string | null;
}

/** Reads the accounts that an update or a delete is about to touch. Joins an open transaction. */
export const createUserStore = (db: Core.Strapi['db']) => ({
  async find(where: object | undefined): Promise<StoredAccount[]> {
    const users = await db
      .query('plugin::users-permissions.user')
      .findMany({ select: ['id', 'documentId', 'password'], where });
    return users.map(({ id, documentId, password }) => ({
      id: Number(id),
      documentId: String(documentId),
      password: password ?? null,
    }));
  },
});

export type UserStore = ReturnType<typeof createUserStore>;
