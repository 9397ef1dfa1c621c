import type { Core } from '@strapi/strapi';
import { createAdminSessionActions } from './admin/controller';
import { registerAdminPermissions } from './admin/permissions';
import { createAdminSessions } from './admin/admin-sessions';
import { createSessionSql } from './admin/sql-sessions';
import { createTallies } from './admin/sql-tallies';
import { createStatistics } from './admin/statistics';
import { createLoginActions } from './controllers/login';
import { createSessionActions } from './controllers/own-sessions';
import { createTokenActions } from './controllers/token';
import { createTokens } from './core/tokens';
import { createRateLimits } from './http/rate-limits';
import { createAuthenticate } from './http/strategy';
import { createTransport } from './http/transport';
import { createClock, createClockTask } from './services/clock';
import { createPurgeTask } from './services/purge';
import { createRevocations } from './services/revoke';
import { createSessionService } from './services/sessions';
import type { Settings } from './settings/settings';
import type { UsersPermissionsPlugin } from './shapes';
import { createDatabaseClock } from './store/database-clock';
import { createPermissionStore } from './store/permission-store';
import { createRateLimitStore } from './store/rate-limit-store';
import { createSessionOwners } from './store/session-owners';
import { createSessionStore } from './store/sql-session-store';
import { createAccountChanges } from './strapi/account-changes';
import { createEventEmitter } from './strapi/event-emitter';
import { createConfirmationCheck } from './strapi/confirmation';
import { grantChangePassword } from './strapi/grant-once';
import { extendJwtService } from './strapi/jwt';
import { createOwnerBackfill } from './strapi/owner-backfill';
import { createUnchangedPasswordFilter } from './strapi/unchanged-password';
import { createUserStore } from './strapi/user-store';
import { allowWebhooks } from './strapi/webhooks';

/**
 * Builds every object of the feature once, for one Strapi. Nothing here decides anything.
 *
 * @param original the plugin as Strapi made it
 */
export const compose = (
  strapi: Core.Strapi,
  settings: Settings,
  original: UsersPermissionsPlugin,
) => {
  const { db } = strapi;
  const info = (message: string): void => void strapi.log.info(message);
  const warn = (message: string): void => void strapi.log.warn(message);

  const clock = createClock({ readDatabaseTime: createDatabaseClock(db), warn });
  // Looked up at each call, since tests set it.
  const now = (): number => clock.now();
  const emit = createEventEmitter(strapi);
  const isConfirmationRequired = createConfirmationCheck(strapi);
  const tokens = createTokens(settings.accessSecrets, settings.refreshSecrets);
  const transport = createTransport(settings);
  const rateLimitStore = createRateLimitStore(settings.redisUrl);
  const rateLimits = createRateLimits(settings, rateLimitStore);

  const takeover = createOwnerBackfill({ strapi, owners: createSessionOwners(db), now, log: info });
  const store = createSessionStore(db, warn, takeover.mayLackOwner);
  const revocations = createRevocations({ store, now, emit, warn });
  const sessions = createSessionService({
    store,
    tokens,
    settings,
    now,
    isConfirmationRequired,
    emit,
    warn,
    revocations,
  });

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

  const purge = async (): Promise<number> => {
    await takeover.complete();
    return sessions.purge();
  };

  const strapiActions = original.controllers.auth({ strapi });

  const cronTasks = {
    ...createPurgeTask(purge, info),
    ...createClockTask(clock.synchronise, warn),
  };
  const listeners = {
    'session.created': async () => tallies.count('logins'),
    'session.reuse-detected': async () => tallies.count('reuses'),
  };
  const databaseHooks = createAccountChanges({
    find: createUserStore(db).find,
    revokeAll: revocations.revokeAll,
  });

  return {
    services: {
      session: { ...sessions, clock },
      jwt: extendJwtService(original.services.jwt({ strapi }), {
        tokens,
        accessTtl: settings.accessTtl,
        now,
        authenticate: sessions.authenticate,
      }),
    },
    controllers: {
      auth: {
        ...strapiActions,
        ...createLoginActions(strapiActions, { sessions, transport }),
        ...createTokenActions({ sessions, transport, rateLimits, log: info }),
        ...createSessionActions(sessions),
      },
      adminSessions: createAdminSessionActions({ adminSessions, statistics }),
    },
    rateLimits,
    authenticate: createAuthenticate({
      strapi,
      authenticate: sessions.authenticate,
      isConfirmationRequired,
      actionsOf: createPermissionStore(db).findActions,
    }),
    documentMiddleware: createUnchangedPasswordFilter(strapi),
    beforeSchemaChange: takeover.beforeSchemaChange,

    async bootstrap(): Promise<void> {
      await registerAdminPermissions(strapi);
      await grantChangePassword(strapi);
      await clock.synchronise();
      await takeover.begin();
      strapi.db.lifecycles.subscribe(databaseHooks);
      strapi.cron.add(cronTasks);
      for (const [event, listener] of Object.entries(listeners)) {
        strapi.eventHub.on(event, listener);
      }
      allowWebhooks(strapi);
      rateLimitStore.connect(warn);
    },

    async destroy(): Promise<void> {
      rateLimitStore.disconnect();
      await tallies.settled();
    },
  };
};
