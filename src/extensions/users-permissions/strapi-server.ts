import { extendAuthController } from './controllers/auth';
import { readSettings } from './core/settings';
import { createTokens } from './core/tokens';
import { refuseMultipart } from './http/refuse-multipart';
import { extendStrategy, registerWithStrategy } from './http/strategy';
import { createTransport } from './http/transport';
import { extendRoutes } from './routes';
import { createAnnouncer } from './services/announcer';
import { createClock } from './services/clock';
import { createConfirmationCheck } from './services/confirmation';
import { extendJwtService } from './services/jwt';
import { createSessionService, type SessionService } from './services/session';
import type { StrapiContext, UsersPermissionsPlugin } from './shapes';
import { createSessionStore } from './store/session-store';

/**
 * What the users-permissions plugin gains: settings that are checked, sessions, tokens that rotate,
 * and the routes for them. Everything below is wiring; read docs/architecture.md for the map.
 */
export default (plugin: UsersPermissionsPlugin): UsersPermissionsPlugin => {
  const settings = readSettings(
    plugin.config.environment ?? {},
    process.env.NODE_ENV === 'production',
  );
  const tokens = createTokens(settings.accessSecrets, settings.refreshSecrets);
  const transport = createTransport(settings);

  const service = <Service>({ strapi }: StrapiContext, name: string): Service =>
    strapi.plugin('users-permissions').service(name) as Service;
  const sessionsOf = (context: StrapiContext) => service<SessionService>(context, 'session');
  const nowOf = (context: StrapiContext) => {
    const clock = service<ReturnType<typeof createClock>>(context, 'clock');
    return () => clock.now();
  };

  const { auth: authController } = plugin.controllers;
  const { jwt: jwtService } = plugin.services;
  const { 'content-api': contentApi } = plugin.routes;
  const { register } = plugin;

  plugin.services = {
    ...plugin.services,
    clock: createClock,
    settings: () => settings,
    session: (context: StrapiContext) =>
      createSessionService({
        store: createSessionStore(context.strapi.db),
        tokens,
        settings,
        now: nowOf(context),
        isConfirmationRequired: createConfirmationCheck(context.strapi),
        announce: createAnnouncer(context.strapi),
        warn: (message) => context.strapi.log.warn(message),
      }),
    jwt: (context: StrapiContext) =>
      extendJwtService(jwtService(context), {
        tokens,
        accessTtl: settings.accessTtl,
        now: nowOf(context),
        authenticate: (token) => sessionsOf(context).authenticate(token),
      }),
  };

  plugin.controllers = {
    ...plugin.controllers,
    auth: (context: StrapiContext) =>
      extendAuthController(authController(context), {
        sessions: sessionsOf(context),
        transport,
        log: (message) => context.strapi.log.info(message),
      }),
  };

  plugin.middlewares = { ...plugin.middlewares, refuseMultipart };

  plugin.routes = {
    ...plugin.routes,
    'content-api': Object.assign(
      () => ({ type: 'content-api', routes: extendRoutes(contentApi.routes) }),
      { routes: [] },
    ),
  };

  plugin.register = (context) =>
    registerWithStrategy(register, context, (original) =>
      extendStrategy(original, {
        strapi: context.strapi,
        authenticate: (token) => sessionsOf(context).authenticate(token),
        isConfirmationRequired: createConfirmationCheck(context.strapi),
      }),
    );

  return plugin;
};
