import type { Core } from '@strapi/strapi';

/** What decides whether a change of an account ends its sessions. */
export interface StoredAccount {
  readonly id: number;
  /** The hash, as it is stored. */
  readonly password: string | null;
}

/** Reads the accounts that an update or a delete is about to touch. Joins an open transaction. */
export const createUserStore = (db: Core.Strapi['db']) => ({
  async find(where: object | undefined): Promise<StoredAccount[]> {
    const users = await db
      .query('plugin::users-permissions.user')
      .findMany({ select: ['id', 'password'], where });
    return users.map(({ id, password }) => ({ id: Number(id), password: password ?? null }));
  },
});

export type UserStore = ReturnType<typeof createUserStore>;
