import type { Core } from '@strapi/strapi';
import { AccountRefused } from '../core/errors';
import { createRaceRetry } from '../store/lost-race';
import { USER } from '../store/session-table';

type RequestContext = NonNullable<ReturnType<Core.Strapi['requestContext']['get']>>;

/** The methods of Strapi's `user` service that see a password. */
interface UserService {
  validatePassword(password: string, hash: string): Promise<boolean>;
  edit(userId: number, params?: Record<string, unknown>): Promise<{ password?: string } | null>;
  add(values: Record<string, unknown>): Promise<{ password?: string }>;
}

/** What a request has shown about a password so far. */
interface WatchedRequest {
  /** The stored hash that its password matched, or that it has set. */
  hash?: string;
  /** What the row of the user must still have when the request stores a password. */
  expected?: 'hash' | { readonly code: string };
}

interface PasswordWatchDependencies {
  readonly strapi: Core.Strapi;
  /** @throws {AccountRefused} nobody may log in to the account */
  readonly requireAccount: (userId: number) => Promise<unknown>;
}

/**
 * Creates the watch over the passwords that Strapi's actions check and store. The actions themselves read,
 * check, and write later: of two requests with one reset code, or with one current password, both would
 * win (`controllers/auth.js` of the plugin). With the watch the write is conditional on what was checked,
 * and a login knows which stored hash its password matched.
 */
export const createPasswordWatch = ({ strapi, requireAccount }: PasswordWatchDependencies) => {
  const retry = createRaceRetry(strapi.db);
  const requests = new WeakMap<RequestContext, WatchedRequest>();

  const watch = (ctx: RequestContext | undefined, changes: WatchedRequest): void => {
    if (ctx) requests.set(ctx, { ...requests.get(ctx), ...changes });
  };

  /** Throws unless the row is as expected, and locks it until the end of the transaction. */
  const lockExpected = async (
    userId: number,
    { hash, expected }: WatchedRequest,
  ): Promise<void> => {
    const column = expected === 'hash' ? 'password' : 'reset_password_token';
    const value = typeof expected === 'object' ? expected.code : (hash ?? null);
    const { tableName } = strapi.db.metadata.get(USER);
    const locked = await strapi.db.transaction(({ trx }) =>
      strapi.db
        .getConnection(tableName)
        .where({ id: userId, [column]: value })
        .update({ [column]: value })
        .transacting(trx),
    );
    if (locked !== 1) {
      throw new AccountRefused(expected === 'hash' ? 'password-changed' : 'code-used');
    }
  };

  return {
    /** Returns the stored hash that the request verified, or that it has set; undefined without one. */
    hashOf: (ctx: RequestContext): string | undefined => requests.get(ctx)?.hash,

    /**
     * From now on the request changes a password only while the stored one is the one that it verified.
     *
     * @throws {AccountRefused} the user has no password, so that none can be verified
     */
    expectCurrentPassword(ctx: RequestContext): void {
      const { user } = ctx.state as { user?: { password?: string | null } };
      if (user?.password === null) throw new AccountRefused('without-password');
      watch(ctx, { expected: 'hash' });
    },

    /**
     * From now on the request sets a password only while its reset code is stored.
     *
     * @throws {AccountRefused} nobody may log in to the account: its code and its password stay
     */
    async expectResetCode(ctx: RequestContext): Promise<void> {
      const { code } = (ctx.request.body ?? {}) as { code?: unknown };
      // Strapi refuses every other code.
      if (typeof code !== 'string' || code === '') return;
      const user = await strapi.db
        .query(USER)
        .findOne({ select: ['id'], where: { resetPasswordToken: code } });
      if (!user) return;
      await requireAccount(Number(user.id));
      watch(ctx, { expected: { code } });
    },

    /** Returns Strapi's `user` service under watch. */
    extendUserService: <Service extends object>(service: Service): Service => {
      const original = service as Service & UserService;
      const watched: UserService = {
        async validatePassword(password, hash) {
          const isValid = await original.validatePassword(password, hash);
          if (isValid) watch(strapi.requestContext.get(), { hash });
          return isValid;
        },

        async edit(userId, params = {}) {
          const ctx = strapi.requestContext.get();
          const request = ctx && requests.get(ctx);
          if (!request?.expected || params.password === undefined) {
            return original.edit(userId, params);
          }
          // Of two requests at once the one that loses the race is refused by its second attempt.
          return retry(() =>
            strapi.db.transaction(async () => {
              await lockExpected(userId, request);
              const user = await original.edit(userId, params);
              if (user?.password) watch(ctx, { hash: user.password });
              return user;
            }),
          );
        },

        async add(values) {
          const user = await original.add(values);
          if (user.password) watch(strapi.requestContext.get(), { hash: user.password });
          return user;
        },
      };
      return { ...original, ...watched };
    },
  };
};
