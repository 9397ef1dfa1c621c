import type { Core } from '@strapi/strapi';
import mapValues from 'lodash/mapValues';
import { createSessionAdoption } from './adopt-sessions';
import { createAdminSessionActions } from './admin/controller';
import { registerAdminPermissions } from './admin/permissions';
import { createAdminSessions } from './admin/admin-sessions';
import { createSessionSql } from './admin/sql-sessions';
import { createTallies } from './admin/sql-tallies';
import { createStatistics } from './admin/statistics';
import { createLogins } from './controllers/login';
import { createOwnSessionActions } from './controllers/own-sessions';
import { createTokenActions } from './controllers/token';
import type { SessionEvent } from './core/events';
import { createTokenService } from './core/tokens';
import { createWebhookSigner } from './core/webhook-signature';
import { createRequestMeasurement } from './http/measure-requests';
import { createMetricsServer } from './http/metrics-server';
import { requireNumericRelations } from './http/plain-input';
import { createRateLimits } from './http/rate-limits';
import { sendRefusals } from './http/refusals';
import { createAuthenticator } from './http/strategy';
import { createTransport } from './http/transport';
import { createClock, createClockTask } from './services/clock';
import { createMetrics } from './services/metrics';
import { createPurgeTask } from './services/purge';
import { createRevocationService } from './services/revoke';
import { requireAccount } from './services/require-account';
import { createSessionService } from './services/sessions';
import type { Settings } from './settings/settings';
import type { Controller, Factory, UsersPermissionsPlugin } from './shapes';
import { createCallerReader } from './store/caller-store';
import { createDatabaseTimeReader } from './store/database-clock';
import { warnOfIsolation } from './store/isolation';
import { createOwnerBackfillStore } from './store/owner-backfill-store';
import { createStatementRunner } from './store/prepared-statements';
import { createRateLimitStore } from './store/rate-limit-store';
import { USER } from './store/session-table';
import { createSessionStore } from './store/sql-session-store';
import { createAccountHooks, joinRevocations } from './strapi/account-changes';
import { createEventEmitter } from './strapi/event-emitter';
import { createConfirmationCheck } from './strapi/confirmation';
import { extendJwtService } from './strapi/jwt';
import { createOwnClaims, type AccessTokenClaims } from './strapi/access-token-claims';
import { createOwnerBackfill } from './strapi/owner-backfill';
import { createPasswordWatch } from './strapi/password-watch';
import { createProviderFaults } from './strapi/provider-faults';
import { limitProviderProfile } from './strapi/provider-profile';
import { hideSwitches, hideSwitchesOfNewRole } from './strapi/role-form';
import { warnOfChangedSettings } from './strapi/settings-of-last-boot';
import { createShownUser } from './strapi/shown-user';
import { createSignedWebhooks } from './strapi/signed-webhooks';
import { createStockCheck } from './strapi/stock-services';
import { createUnchangedPasswordFilter } from './strapi/unchanged-password';
import { createUserStore } from './strapi/user-store';
import { allowWebhookEvents } from './strapi/webhooks';

/** The options of `refreshTokens`. */
export interface RefreshTokensOptions {
  /**
   * Returns claims of your own for the access token of a session, such as role and tenant. It is called at each
   * login and each refresh. What it throws, and a result that cannot be in a token, is logged and becomes a 5xx:
   * no token is issued without these claims (docs/verifying.md).
   */
  readonly accessTokenClaims?: AccessTokenClaims;
}

/**
 * Creates every object of the extension, once for each Strapi instance.
 *
 * @param original Strapi's plugin, before the changes of `index.ts`
 */
export const compose = (
  strapi: Core.Strapi,
  settings: Settings,
  original: UsersPermissionsPlugin,
  { accessTokenClaims }: RefreshTokensOptions,
) => {
  const { db } = strapi;
  /** Strapi takes objects as well as functions for controllers and services, and other code may set either. */
  const build = <Part extends object>(part: Part | Factory<Part>): Part =>
    typeof part === 'function' ? part({ strapi }) : part;
  const info = (message: string): void => void strapi.log.info(message);
  const warn = (message: string): void => void strapi.log.warn(message);

  const clock = createClock({ readDatabaseTime: createDatabaseTimeReader(db), warn });
  // Not `clock.now` itself: tests replace it.
  const now = (): number => clock.now();
  const emit = createEventEmitter(strapi);
  const metrics = createMetrics();
  const metricsServer = createMetricsServer(metrics);
  const signedWebhooks =
    settings.webhookSecrets &&
    createSignedWebhooks({ strapi, sign: createWebhookSigner(settings.webhookSecrets), now, warn });
  const isConfirmationRequired = createConfirmationCheck(strapi);
  const tokens = createTokenService(
    settings.accessSecrets,
    settings.refreshSecrets,
    settings.accessTokens,
  );
  const transport = createTransport(settings);
  const rateLimitStore = createRateLimitStore(settings.redisUrl);
  const rateLimits = createRateLimits(settings, rateLimitStore);

  const ownerBackfill = createOwnerBackfill({
    strapi,
    owners: createOwnerBackfillStore(db),
    now,
    log: info,
  });
  const run = createStatementRunner(db, warn);
  const store = createSessionStore(db, run, ownerBackfill.mayLackOwner);
  const ownClaims = accessTokenClaims && createOwnClaims(strapi, accessTokenClaims);
  const adoption = createSessionAdoption({
    ...{ strapi, settings, store, tokens, now, isConfirmationRequired, ownClaims, emit },
    ...{ log: info, warn },
  });
  const revocations = createRevocationService({
    store: adoption.store,
    now,
    emit,
    warn,
    settings,
  });
  const sessions = adoption.extend(
    createSessionService({
      store,
      tokens: adoption.tokens,
      settings,
      now,
      isConfirmationRequired,
      ownClaims,
      emit,
      warn,
      revocations,
    }),
    revocations,
  );

  const adminSql = createSessionSql(db);
  const tallies = createTallies({ db, now, warn });
  const adminSessions = createAdminSessions({
    sql: adminSql,
    store,
    revoke: revocations.revoke,
    emit,
    now,
    log: info,
  });
  const statistics = createStatistics({ sql: adminSql, findTallies: tallies.findSince, now });

  const purge = createPurgeTask(async (signal) => {
    await ownerBackfill.complete();
    const count = await sessions.purge(signal);
    metrics.countPurged(count, now());
    return count;
  }, info);

  const strapiActions = build<Controller>(original.controllers.auth);
  const passwords = createPasswordWatch({
    strapi,
    requireAccount: async (userId) =>
      requireAccount(await store.findAccount(userId), isConfirmationRequired),
  });

  const providerFaults = createProviderFaults(strapi);
  const logins = createLogins({
    ...{ sessions, transport, passwords, providerFaults },
    findShownUser: createShownUser(strapi),
  });
  const sessionActions = {
    ...createTokenActions({
      ...{ sessions, transport, rateLimits },
      log: info,
      countRefused: metrics.countRefused,
    }),
    ...createOwnSessionActions(sessions),
  };
  const jwt = extendJwtService(build(original.services.jwt), {
    tokens,
    accessTtl: settings.accessTtl,
    now,
    authenticate: sessions.authenticate,
  });

  const cronTasks = {
    ...purge.cronTask,
    ...createClockTask(clock.synchronise, warn),
  };
  const listeners = {
    'session.created': async () => {
      tallies.count('logins');
      metrics.countCreated();
    },
    'session.reuse-detected': async () => {
      tallies.count('reuses');
      metrics.countReuse();
    },
    'session.revoked': async ({ reason }: SessionEvent) => metrics.countRevoked(reason),
    'session.repeated-elsewhere': async () => metrics.countRepeatElsewhere(),
  };
  const accountHooks = createAccountHooks({
    find: createUserStore(db).find,
    revokeAll: revocations.revokeAll,
    isLocalized: () =>
      strapi.plugin('i18n').service('content-types').isLocalizedContentType(strapi.getModel(USER)),
    matchesHash: (password, hash) =>
      strapi.plugin('users-permissions').service('user').validatePassword(password, hash),
    warn,
  });

  const authenticator = createAuthenticator({
    strapi,
    isConfirmationRequired,
    readAccessToken: sessions.readAccessToken,
    findCaller: createCallerReader(db, run, ownerBackfill.mayLackOwner),
    now,
    isStock: createStockCheck(strapi),
    ownVerify: jwt.verify,
  });

  return {
    services: {
      session: { ...sessions, login: logins.login, clock },
      user: passwords.extendUserService(build(original.services.user)),
      providers: providerFaults.extendProviders(build(original.services.providers)),
      role: hideSwitches(build(original.services.role)),
      'users-permissions': hideSwitchesOfNewRole(build(original.services['users-permissions'])),
      'providers-registry': limitProviderProfile(build(original.services['providers-registry'])),
      jwt,
    },
    controllers: {
      auth: {
        ...strapiActions,
        ...mapValues({ ...logins.wrapActions(strapiActions), ...sessionActions }, sendRefusals),
      },
      adminSessions: createAdminSessionActions({ adminSessions, statistics }),
    },
    rateLimits,
    withSession: logins.withSession,
    sessionActions: Object.keys(sessionActions),
    measureRequests: createRequestMeasurement(metrics),
    authenticator,
    documentMiddleware: createUnchangedPasswordFilter(strapi),
    beforeSchemaChange: ownerBackfill.beforeSchemaChange,

    async bootstrap(): Promise<void> {
      await warnOfChangedSettings(strapi, settings);
      await registerAdminPermissions(strapi);
      await clock.synchronise();
      await warnOfIsolation(db, warn);
      adoption.announce();
      const replaced = authenticator.replacedMethods();
      if (replaced.length > 0) {
        strapi.log.debug(
          `${replaced.join(', ')} of users-permissions ${replaced.length > 1 ? 'are' : 'is'} replaced, and asked by each ` +
            'authenticated request, which then takes more statements (docs/decisions/0035).',
        );
      }
      await ownerBackfill.completeAtBoot();
      strapi.db.lifecycles.subscribe(accountHooks);
      strapi.db.lifecycles.subscribe({ beforeCount: requireNumericRelations });
      joinRevocations(strapi.db);
      strapi.cron.add(cronTasks);
      for (const [event, listener] of Object.entries(listeners)) {
        strapi.eventHub.on(event, listener);
      }
      allowWebhookEvents(strapi);
      signedWebhooks?.start();
      rateLimitStore.connect(warn);
      if (settings.metricsPort) await metricsServer.listen(settings.metricsPort, settings.host);
    },

    async destroy(): Promise<void> {
      signedWebhooks?.stop();
      await metricsServer.close();
      rateLimitStore.disconnect();
      await purge.stop();
      await tallies.settled();
    },
  };
};
