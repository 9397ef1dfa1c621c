import type { TestServer } from './server';

/** Grants logged-in users the permissions for these actions. */
export const grantToUsers = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  actions: readonly string[],
): Promise<void> => {
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });
  for (const action of actions) {
    await strapi.db
      .query('plugin::users-permissions.permission')
      .create({ data: { action, role: role?.id } });
  }
};
