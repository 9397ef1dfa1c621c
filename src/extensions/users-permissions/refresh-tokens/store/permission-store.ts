import type { Core } from '@strapi/strapi';

export const createPermissionStore = (db: Core.Strapi['db']) => ({
  /**
   * Returns the actions that a role may take, with one query. Strapi's `findRolePermissions`
   * (`server/src/services/permission.js` of users-permissions) reads the role first, and every column.
   */
  async findActions(roleId: number): Promise<string[]> {
    const permissions = await db
      .query('plugin::users-permissions.permission')
      .findMany({ select: ['action'], where: { role: roleId } });
    return permissions.map(({ action }) => String(action));
  },
});
