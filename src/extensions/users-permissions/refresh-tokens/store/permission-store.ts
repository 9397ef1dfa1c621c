import type { Core } from '@strapi/strapi';

/** Reads what roles may do. */
export const createPermissionStore = (db: Core.Strapi['db']) => ({
  /**
   * The actions that a role may take, in one statement: Strapi's `findRolePermissions` reads the role
   * first, and every column of every permission, on each request.
   */
  async findActions(roleId: number): Promise<string[]> {
    const permissions = await db
      .query('plugin::users-permissions.permission')
      .findMany({ select: ['action'], where: { role: roleId } });
    return permissions.map(({ action }) => String(action));
  },
});
