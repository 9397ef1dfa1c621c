import { createAdminSessionActions } from './controllers/admin-sessions';
import { createLoginActions } from './controllers/login';
import { createSessionActions } from './controllers/sessions';
import { createTokenActions } from './controllers/token';
import type { SessionStore } from './core/session-store';
import { readSettings, type Settings } from './core/settings';
import { createTokens } from './core/tokens';
import { createRateLimits } from './http/rate-limits';
import { refuseMultipart } from './http/refuse-multipart';
import { requirePlainBody } from './http/require-plain-body';
import { requireWellFormedText } from './http/require-well-formed-text';
import { extendStrategy, registerWithStrategy } from './http/strategy';
import { createTransport } from './http/transport';
import { adminRoutes, extendRoutes } from './routes';
import { createAccountChanges } from './services/account-changes';
import { registerAdminPermissions } from './services/admin-permissions';
import { createAdminSessions } from './services/admin-sessions';
import { createAnnouncer } from './services/announcer';
import { createClock, createClockTask, type Clock } from './services/clock';
import { createConfirmationCheck } from './services/confirmation';
import { extendJwtService } from './services/jwt';
import { createPurgeTask } from './services/purge';
import { createRevocations } from './services/revocation';
import { createSessionService, type SessionService } from './services/session';
import { createStatistics } from './services/statistics';
import { createTallyKeeper, createTallyTask, type TallyKeeper } from './services/tally';
import { createUnchangedPasswordFilter } from './services/unchanged-password';
import { allowWebhooks } from './services/webhooks';
import type { Action, Controller, StrapiContext, UsersPermissionsPlugin } from './shapes';
import { createDatabaseClock } from './store/database-clock';
import { createPermissionStore } from './store/permission-store';
import { createRateLimitStore } from './store/rate-limit-store';
import { createSessionOverview } from './store/session-overview';
import { createSessionStore } from './store/session-store';
import { createTallyStore } from './store/tally-store';
import { createUserStore } from './store/user-store';

/** The services that the extension adds, by name. */
interface Services {
  clock: Clock;
  session: SessionService;
  sessionStore: SessionStore;
  tally: TallyKeeper;
}

const service = <Name extends keyof Services>({ strapi }: StrapiContext, name: Name) =>
  strapi.plugin('users-permissions').service(name) as Services[Name];

/** @throws {InvalidSettings} which stops the boot */
const checkedSettings = ({ config }: UsersPermissionsPlugin): Settings => {
  try {
    return readSettings(config.environment ?? {}, process.env.NODE_ENV === 'production');
  } catch (error) {
    // `strapi develop` shows the stack of an error and nothing else; this one has none.
    if (strapi.config.get('autoReload')) strapi.log.error((error as Error).message);
    throw error;
  }
};

/** What starts and ends sessions needs these, whoever asks for it. */
const aroundSessions = (context: StrapiContext) => ({
  store: service(context, 'sessionStore'),
  now: () => service(context, 'clock').now(),
  announce: createAnnouncer(context.strapi),
  warn: (message: string) => void context.strapi.log.warn(message),
});

/** The actions of the admin panel. */
const adminSessionActions = (context: StrapiContext) => {
  const { db, log } = context.strapi;
  const around = aroundSessions(context);
  const overview = createSessionOverview(db);
  return createAdminSessionActions({
    adminSessions: createAdminSessions({
      ...around,
      overview,
      revoke: createRevocations(around).revoke,
      log: (message) => log.info(message),
    }),
    statistics: createStatistics({
      survey: overview.survey,
      findTallies: createTallyStore(db).findSince,
      pendingTallies: service(context, 'tally').pending,
      now: around.now,
    }),
  });
};

/** Looks an action of the `auth` controller up when it is called: controllers come after routes. */
const actionOf =
  ({ strapi }: StrapiContext) =>
  (name: string): Action =>
  (...call) => {
    const controller = strapi.plugin('users-permissions').controller('auth') as Controller;
    const action = controller[name];
    if (!action) throw new Error(`The auth controller has no action "${name}"`);
    return action(...call);
  };

/**
 * What the users-permissions plugin gains: settings that are checked, sessions, tokens that rotate,
 * and the routes for them. Wiring only; docs/architecture.md is the map.
 */
export default (plugin: UsersPermissionsPlugin): UsersPermissionsPlugin => {
  const settings = checkedSettings(plugin);
  const tokens = createTokens(settings.accessSecrets, settings.refreshSecrets);
  const transport = createTransport(settings);
  const rateLimitStore = createRateLimitStore(settings.redisUrl);
  const rateLimits = createRateLimits(settings, rateLimitStore);
  const original = { ...plugin };

  plugin.services = {
    ...original.services,
    settings: () => settings,
    clock: ({ strapi }: StrapiContext) =>
      createClock({
        readDatabaseTime: createDatabaseClock(strapi.db),
        warn: (message) => strapi.log.warn(message),
      }),
    sessionStore: ({ strapi }: StrapiContext) =>
      createSessionStore(strapi.db, (message) => strapi.log.warn(message)),
    session: (context: StrapiContext) =>
      createSessionService({
        ...aroundSessions(context),
        tokens,
        settings,
        isConfirmationRequired: createConfirmationCheck(context.strapi),
      }),
    tally: (context: StrapiContext) =>
      createTallyKeeper(createTallyStore(context.strapi.db), () => service(context, 'clock').now()),
    jwt: (context: StrapiContext) =>
      extendJwtService(original.services.jwt(context), {
        tokens,
        accessTtl: settings.accessTtl,
        now: () => service(context, 'clock').now(),
        authenticate: (token) => service(context, 'session').authenticate(token),
      }),
  };

  plugin.controllers = {
    ...original.controllers,
    adminSessions: adminSessionActions,
    auth: (context: StrapiContext) => {
      const sessions = service(context, 'session');
      const log = (message: string) => context.strapi.log.info(message);
      const actions = original.controllers.auth(context);
      return {
        ...actions,
        ...createLoginActions(actions, { sessions, transport }),
        ...createTokenActions({ sessions, transport, rateLimits, log }),
        ...createSessionActions(sessions),
      };
    },
  };

  plugin.routes = {
    ...original.routes,
    'content-api': Object.assign(
      (context: StrapiContext) => ({
        type: 'content-api',
        routes: extendRoutes(original.routes['content-api'].routes, actionOf(context)),
      }),
      { routes: [] },
    ),
    admin: {
      ...original.routes.admin,
      routes: [...original.routes.admin.routes, ...adminRoutes()],
    },
  };

  plugin.middlewares = {
    ...original.middlewares,
    refuseMultipart,
    requirePlainBody: () => requirePlainBody,
    requireWellFormedText: () => requireWellFormedText,
    rateLimit: () => rateLimits.auth,
  };

  plugin.register = (context) => {
    context.strapi.documents.use(createUnchangedPasswordFilter(context.strapi));
    return registerWithStrategy(original.register, context, (strategy) =>
      extendStrategy(strategy, {
        strapi: context.strapi,
        authenticate: (token) => service(context, 'session').authenticate(token),
        isConfirmationRequired: createConfirmationCheck(context.strapi),
        actionsOf: createPermissionStore(context.strapi.db).findActions,
      }),
    );
  };

  plugin.bootstrap = async (context) => {
    await original.bootstrap(context);
    const { strapi } = context;
    await registerAdminPermissions(strapi);
    const sessions = service(context, 'session');
    const clock = service(context, 'clock');
    const tally = service(context, 'tally');
    const warn = (message: string) => strapi.log.warn(message);
    await clock.synchronise();
    strapi.db.lifecycles.subscribe(
      createAccountChanges({
        find: createUserStore(strapi.db).find,
        revokeAll: sessions.revokeAll,
      }),
    );
    strapi.cron.add(createPurgeTask(sessions.purge, (message) => strapi.log.info(message)));
    strapi.cron.add(createClockTask(clock.synchronise, warn));
    strapi.cron.add(createTallyTask(tally.flush, warn));
    strapi.eventHub.on('session.created', async () => tally.count('logins'));
    strapi.eventHub.on('session.reuse-detected', async () => tally.count('reuses'));
    allowWebhooks(strapi);
    rateLimitStore.connect(warn);
  };

  plugin.destroy = async (context) => {
    rateLimitStore.disconnect();
    await service(context, 'tally')
      .flush()
      .catch((error: Error) =>
        context.strapi.log.warn(`Session tally not stored: ${error.message}`),
      );
    await original.destroy(context);
  };

  return plugin;
};
