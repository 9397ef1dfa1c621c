import type { Core } from '@strapi/strapi';

/** Far more than the sets of actions that roles of a project have. */
const MAXIMUM_ABILITIES = 100;

/** A permission as Strapi's `toContentAPIPermission` returns it. */
export type Permission = Readonly<Record<string, unknown>> & { readonly action: string };

const hasOnlyAction = (permission: Permission): boolean => Object.keys(permission).length === 1;

/**
 * Creates the function that returns the ability of some permissions. An ability of mere actions is kept by the text of
 * these: it depends on nothing else, so it is never stale, however the permissions of a role change.
 */
export const createAbilities = (strapi: Core.Strapi) => {
  const kept = new Map<string, unknown>();
  const generate = (permissions: readonly Permission[]): Promise<unknown> =>
    strapi.contentAPI.permissions.engine.generateAbility([...permissions]);

  return async (permissions: readonly Permission[]): Promise<unknown> => {
    if (!permissions.every(hasOnlyAction)) return generate(permissions);
    const text = permissions.map(({ action }) => action).join();
    const found = kept.get(text);
    if (found) return found;
    const ability = await generate(permissions);
    if (kept.size >= MAXIMUM_ABILITIES) kept.clear();
    kept.set(text, ability);
    return ability;
  };
};
