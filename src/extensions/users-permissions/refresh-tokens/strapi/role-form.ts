import get from 'lodash/get';
import omit from 'lodash/omit';
import set from 'lodash/set';

/**
 * Our actions whose permission nobody asks for, as paths in the form of a role: their routes authenticate by
 * themselves, or ask for a login only (`routes.ts`).
 */
const WITHOUT_EFFECT = [
  'refresh',
  'logout',
  'getSessions',
  'revokeSession',
  'revokeOtherSessions',
].map((action) => `plugin::users-permissions.controllers.auth.${action}`);

interface Role {
  readonly permissions?: object;
}

/** The methods of Strapi's `role` service that the form of a role uses. */
interface RoleService {
  findOne(roleId: unknown): Promise<Role>;
  updateRole(roleId: unknown, values: Role): Promise<void>;
}

/** The method of Strapi's `users-permissions` service that lists the switches of a new role. */
interface PermissionService {
  getActions(options?: object): object;
}

/** Returns Strapi's `users-permissions` service without the switches that have no effect. */
export const hideSwitchesOfNewRole = <Service extends object>(service: Service): Service => {
  const original = service as Service & PermissionService;
  const getActions: PermissionService['getActions'] = (options) =>
    omit(original.getActions(options), WITHOUT_EFFECT);
  return { ...original, getActions };
};

/**
 * Returns Strapi's `role` service without the switches that have no effect. Strapi deletes every permission
 * that a saved form does not have, so the hidden ones are put back: Strapi needs them again without this
 * extension.
 */
export const hideSwitches = <Service extends object>(service: Service): Service => {
  const original = service as Service & RoleService;
  const hidden: RoleService = {
    async findOne(roleId) {
      const role = await original.findOne(roleId);
      return { ...role, permissions: omit(role.permissions, WITHOUT_EFFECT) };
    },

    async updateRole(roleId, values) {
      // Strapi takes a form without permissions as one that removes all.
      const permissions = structuredClone(values.permissions ?? {});
      const stored = (await original.findOne(roleId)).permissions;
      for (const path of WITHOUT_EFFECT) {
        const action: unknown = get(stored, path);
        if (action) set(permissions, path, action);
      }
      await original.updateRole(roleId, { ...values, permissions });
    },
  };
  return { ...original, ...hidden };
};
