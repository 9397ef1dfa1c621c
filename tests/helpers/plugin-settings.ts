import type { TestServer } from './server';

/**
 * Runs a function with changed settings of the users-permissions plugin (those of the admin panel), and
 * restores them.
 *
 * @param key `advanced` (sign-up and e-mail confirmation) or `grant` (login providers)
 */
export const withPluginSettings = async (
  { strapi }: Pick<TestServer, 'strapi'>,
  key: 'advanced' | 'grant',
  changes: object,
  run: () => Promise<unknown>,
): Promise<void> => {
  const store = strapi.store({ type: 'plugin', name: 'users-permissions', key });
  const before = (await store.get({})) as object;
  await store.set({ value: { ...before, ...changes } });
  try {
    await run();
  } finally {
    await store.set({ value: before });
  }
};
