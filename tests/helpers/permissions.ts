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

/** Runs a function while the Public role may not call an action. */
export const withoutPublicPermission = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  action: string,
  run: () => Promise<unknown>,
): Promise<void> => {
  const permissions = strapi.db.query('plugin::users-permissions.permission');
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'public' } });
  await permissions.deleteMany({ where: { action, role: role?.id } });
  try {
    await run();
  } finally {
    await permissions.create({ data: { action, role: role?.id } });
  }
};
