import type { Controller, Route, UsersPermissionsPlugin } from '../shapes';

/** @throws an error that stops the boot, with all problems */
const stopBootFor = (problems: readonly string[]): void => {
  if (problems.length === 0) return;
  throw new Error(
    `Code that extends users-permissions cannot work (docs/your-code.md):\n- ${problems.join('\n- ')}`,
  );
};

/**
 * Strapi calls a factory and takes nothing but its result. What other code has set on the function itself, as was
 * right in Strapi 4, is silently ignored.
 *
 * @throws an error that stops the boot
 */
export const refuseIgnoredParts = (
  plugin: Pick<UsersPermissionsPlugin, 'controllers' | 'services'>,
): void => {
  const problems = (['controllers', 'services'] as const).flatMap((kind) =>
    Object.entries(plugin[kind]).flatMap(([name, part]) =>
      typeof part === 'function'
        ? Object.keys(part).map(
            (key) =>
              `plugin.${kind}.${name} is a function, on which Strapi ignores "${key}": replace it by a function ` +
              `that returns what it returned, with your "${key}"`,
          )
        : [],
    ),
  );
  stopBootFor(problems);
};

const hasFunctionAsPolicy = ({ config }: Route): boolean =>
  [config?.policies].flat().some((policy) => typeof policy === 'function');

/**
 * Checks what Strapi is about to declare as routes: other code may have changed it after us.
 *
 * @param routes the content API routes of the plugin
 * @param controller its `auth` controller
 * @param actions the actions that the controller must have
 * @throws an error that stops the boot
 */
export const refuseUnusableRoutes = (
  routes: readonly Route[],
  controller: Controller,
  actions: readonly string[],
): void => {
  const missing = actions.filter((name) => typeof controller[name] !== 'function');
  stopBootFor([
    ...(missing.length === 0
      ? []
      : [
          `plugin.controllers.auth has been replaced by one without ${missing.join(', ')}: let it return all actions ` +
            'of the one before, with yours',
        ]),
    ...routes
      .filter(hasFunctionAsPolicy)
      .map(
        ({ method, path }) =>
          `${method} ${path} has a function as a policy: put the function into plugin.policies, and its name into the route`,
      ),
  ]);
};
