import { createContentApiRoutesFactory } from '@strapi/utils';
import once from 'lodash/once';
import { adminRoutes } from './admin/admin-routes';
import { compose, type RefreshTokensOptions } from './compose';
import { createKeySetAction } from './controllers/key-set';
import { SESSION_TYPES, contentTypes } from './content-types';
import { drainBeforeDestroy } from './http/drain';
import { protectGraphql } from './http/graphql';
import { hideQuery } from './http/hide-query';
import { requireNumericId, requirePlainBody, requirePlainText } from './http/plain-input';
import { refuseMultipart } from './http/refuse-multipart';
import { registerWithStrategy } from './http/strategy';
import { extendRoutes, routesOf } from './routes';
import { readSettingsAtBoot } from './settings/settings-at-boot';
import { refuseIgnoredParts, refuseUnusableRoutes } from './strapi/check-other-code';
import { hideBoundValues } from './strapi/hide-bound-values';
import { hideFromContentManager } from './strapi/content-manager';
import type { ContentApiRoutes, Controller, StrapiContext, UsersPermissionsPlugin } from './shapes';
import { isolateListeners } from './strapi/isolate-listeners';

export type { RefreshTokensOptions } from './compose';
export type { UsersPermissionsPlugin } from './shapes';
export type { AccessTokenClaims } from './strapi/access-token-claims';

/**
 * Adds sessions, rotating refresh tokens and their routes to Strapi's users-permissions plugin. This file
 * lists all that is added; docs/architecture.md describes the code.
 *
 * @param plugin the argument that Strapi passes to `strapi-server`
 * @param options what your project adds
 * @returns the same object, changed
 * @throws {InvalidSettings} stops the boot
 */
export const refreshTokens = (
  plugin: UsersPermissionsPlugin,
  options: RefreshTokensOptions = {},
): UsersPermissionsPlugin => {
  refuseIgnoredParts(plugin);
  const original = { ...plugin };
  const settings = readSettingsAtBoot(plugin.config);
  const parts = once(({ strapi }: StrapiContext) => compose(strapi, settings, original, options));

  plugin.contentTypes = { ...original.contentTypes, ...contentTypes() };

  plugin.services = {
    ...original.services,
    settings: () => settings,
    session: (context: StrapiContext) => parts(context).services.session,
    jwt: (context: StrapiContext) => parts(context).services.jwt,
    user: (context: StrapiContext) => parts(context).services.user,
    providers: (context: StrapiContext) => parts(context).services.providers,
    role: (context: StrapiContext) => parts(context).services.role,
    'users-permissions': (context: StrapiContext) => parts(context).services['users-permissions'],
    'providers-registry': (context: StrapiContext) => parts(context).services['providers-registry'],
  };

  plugin.controllers = {
    ...original.controllers,
    auth: (context) => parts(context).controllers.auth,
    adminSessions: (context: StrapiContext) => parts(context).controllers.adminSessions,
  };

  plugin.routes = {
    ...original.routes,
    // Like Strapi's own: other code may change its `.routes`.
    'content-api': createContentApiRoutesFactory(() =>
      extendRoutes(
        routesOf(original.routes['content-api']),
        createKeySetAction(settings.accessTokens.publicKeys),
      ),
    ) as ContentApiRoutes,
    admin: {
      ...original.routes.admin,
      routes: [...original.routes.admin.routes, ...adminRoutes()],
    },
  };

  plugin.middlewares = {
    ...original.middlewares,
    measureRequests: (_config: unknown, context: StrapiContext) => parts(context).measureRequests,
    hideQuery: () => hideQuery,
    refuseMultipart: () => refuseMultipart(settings),
    requireNumericId: () => requireNumericId,
    requirePlainBody: () => requirePlainBody,
    requirePlainText: () => requirePlainText,
    rateLimit: (_config: unknown, context: StrapiContext) =>
      parts(context).rateLimits.authMiddleware,
    withSession: (_config: unknown, context: StrapiContext) => parts(context).withSession,
  };

  plugin.register = (context) => {
    refuseIgnoredParts(plugin);
    hideBoundValues(context.strapi);
    drainBeforeDestroy(context.strapi, settings.shutdownTimeout);
    isolateListeners(context.strapi);
    protectGraphql(context.strapi, SESSION_TYPES);
    hideFromContentManager(context.strapi, SESSION_TYPES);
    context.strapi.documents.use(parts(context).documentMiddleware);
    context.strapi
      .hook('strapi::content-types.beforeSync')
      .register(parts(context).beforeSchemaChange);
    // Right before Strapi declares the routes: other code may change them until then.
    context.strapi.hook('strapi::content-types.afterSync').register(async () => {
      const { routes, controller } = context.strapi.plugin('users-permissions');
      refuseUnusableRoutes(
        routesOf((routes as unknown as UsersPermissionsPlugin['routes'])['content-api']),
        controller('auth') as unknown as Controller,
        parts(context).sessionActions,
      );
    });
    return registerWithStrategy(original.register, context, parts(context).authenticator);
  };

  plugin.bootstrap = async (context) => {
    await original.bootstrap(context);
    await parts(context).bootstrap();
  };

  plugin.destroy = async (context) => {
    await parts(context).destroy();
    await original.destroy(context);
  };

  return plugin;
};
