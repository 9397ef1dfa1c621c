import type { Core } from '@strapi/strapi';

interface Grant {
  /** Remembers that this was done. */
  readonly key: string;
  /** Type of the role: `authenticated`, `public`, or one of your own. */
  readonly role: string;
  /** Uids of actions, such as `api::article.article.find`. */
  readonly actions: readonly string[];
}

const PERMISSION = 'plugin::users-permissions.permission';
const ROLE = 'plugin::users-permissions.role';

/**
 * Gives a role permissions, as a click in the admin panel would. Once for each key and database:
 * what an administrator takes away later stays away.
 */
export const grantOnce = async (
  strapi: Core.Strapi,
  { key, role, actions }: Grant,
): Promise<void> => {
  const granted = { type: 'core', name: 'starter', key: `granted-${key}` };
  if (await strapi.store.get(granted)) return;

  const found = await strapi.db.query(ROLE).findOne({ where: { type: role } });
  if (!found) return;

  for (const action of actions) {
    const where = { action, role: { id: found.id } };
    if ((await strapi.db.query(PERMISSION).count({ where })) === 0) {
      await strapi.db.query(PERMISSION).create({ data: { action, role: found.id } });
    }
  }
  await strapi.store.set({ ...granted, value: true });
};

/** Databases made before Strapi 4.3 lack this permission; Strapi adds it to new databases only. */
export const grantChangePassword = (strapi: Core.Strapi): Promise<void> =>
  grantOnce(strapi, {
    key: 'change-password',
    role: 'authenticated',
    actions: ['plugin::users-permissions.auth.changePassword'],
  });
