import type { Core } from '@strapi/strapi';

interface Grant {
  /** The name under which the store records that the grant was made. */
  readonly key: string;
  /** Type of the role: `authenticated`, `public`, or one of your own. */
  readonly role: string;
  /** Action ids, such as `api::article.article.find`. */
  readonly actions: readonly string[];
}

const PERMISSION = 'plugin::users-permissions.permission';
const ROLE = 'plugin::users-permissions.role';

/**
 * Grants permissions to a role, once for each key and database: a permission that an administrator
 * removes later is not granted again.
 */
export const grantOnce = async (
  strapi: Core.Strapi,
  { key, role, actions }: Grant,
): Promise<void> => {
  const record = { type: 'core', name: 'starter', key: `granted-${key}` };
  if (await strapi.store.get(record)) return;

  const found = await strapi.db.query(ROLE).findOne({ where: { type: role } });
  if (!found) return;

  for (const action of actions) {
    const where = { action, role: { id: found.id } };
    if ((await strapi.db.query(PERMISSION).count({ where })) === 0) {
      await strapi.db.query(PERMISSION).create({ data: { action, role: found.id } });
    }
  }
  await strapi.store.set({ ...record, value: true });
};
