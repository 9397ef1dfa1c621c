import type { Next } from 'koa';
import isNil from 'lodash/isNil';
import omit from 'lodash/omit';
import { z } from 'zod';
import { TokenRefused } from '../core/errors';
import type { AccessClaims } from '../core/tokens';
import { refusal, toRefusal } from '../http/refusals';
import { forgetProvider } from '../http/provider-session';
import type { RefreshTokenTransport } from '../http/transport';
import { bodyField, clientOf } from '../http/request';
import { requireTrustedOrigin } from '../http/require-trusted-origin';
import { rememberMe } from '../http/schemas';
import type { SessionService } from '../services/sessions';
import type { TokenPair } from '../services/token-pair';
import type { Action, Controller, StrapiKoaContext } from '../shapes';

/** The watch over the passwords that Strapi's actions check and store: `strapi/password-watch.ts`. */
interface PasswordWatch {
  hashOf(ctx: StrapiKoaContext): string | undefined;
  expectCurrentPassword(ctx: StrapiKoaContext): void;
  expectResetCode(ctx: StrapiKoaContext): Promise<void>;
}

interface LoginDependencies {
  readonly sessions: SessionService;
  readonly transport: RefreshTokenTransport;
  readonly passwords: PasswordWatch;
  /** The fault that Strapi hides in a refusal: `strapi/provider-faults.ts`. */
  readonly providerFaults: { faultOf(ctx: StrapiKoaContext): unknown };
  /** Returns the user as a response shows it; null when no such user exists. */
  readonly findShownUser: (ctx: StrapiKoaContext, userId: number) => Promise<unknown>;
}

/** What an action of Strapi does besides logging the user in. */
interface LoginOptions {
  /** Checks the request before Strapi's action, and says what has to hold until it stores a password. */
  readonly prepare?: (ctx: StrapiKoaContext) => Promise<void> | void;
  /** Whether the action sets a password, so that every earlier session of the user must end. */
  readonly setsPassword?: boolean;
  /** Returns whether the session is to outlive the browser. Called before Strapi's action. */
  readonly isRemembered?: (ctx: StrapiKoaContext) => Promise<boolean> | boolean;
}

/** How a login of other code differs from one with a password. */
export interface OwnLoginOptions {
  /** The longest life of the session, in milliseconds. No refresh extends it. */
  readonly lifetime?: number;
  /**
   * Who logs in in the user's place, as lists of sessions show it to the user. The response then has the refresh
   * token in its body, so that it replaces no cookie and ends no session of the caller.
   */
  readonly impersonatedBy?: string;
}

/** The length of the column. */
const MAXIMUM_NAME_LENGTH = 255;

/** Strict, since a misspelt or missing name would start an ordinary session. */
const ownLoginOptions = z.strictObject({
  lifetime: z.int().positive().exactOptional(),
  impersonatedBy: z.string().trim().min(1).max(MAXIMUM_NAME_LENGTH).exactOptional(),
});

const readOptions = (options: OwnLoginOptions): OwnLoginOptions => {
  const { success, data, error } = ownLoginOptions.safeParse(options);
  // Strapi would respond to the error of zod with a 400, and the client has done nothing wrong.
  if (!success) throw new TypeError(`Options of a login: ${z.prettifyError(error)}`);
  return data;
};

const readRememberMe = (ctx: StrapiKoaContext): boolean => {
  const field = rememberMe.safeParse(bodyField(ctx, 'rememberMe'));
  if (!field.success) throw refusal('malformed-remember-me');
  return field.data ?? true;
};

/** Takes `rememberMe` out of the body as well: Strapi refuses a registration with unknown fields. */
const takeRememberMe = (ctx: StrapiKoaContext): boolean => {
  const isRemembered = readRememberMe(ctx);
  ctx.request.body = omit(ctx.request.body as object, 'rememberMe');
  return isRemembered;
};

/** Creates the two functions that start a session and put its tokens into the response. */
const createResponses = ({
  sessions,
  transport,
  passwords,
}: Pick<LoginDependencies, 'sessions' | 'transport' | 'passwords'>) => {
  /** @throws when the account is blocked, unconfirmed, without a role or deleted, or its password changed */
  const startSession = async (
    ctx: StrapiKoaContext,
    userId: number,
    isRemembered: boolean,
    own: OwnLoginOptions,
  ): Promise<TokenPair> => {
    try {
      return await sessions.start(userId, clientOf(ctx), {
        passwordHash: passwords.hashOf(ctx),
        isRemembered,
        replaced: own.impersonatedBy
          ? []
          : sessions.readGenuineRefreshTokens(transport.readOwnCookies(ctx)),
        ...own,
      });
    } catch (error) {
      // The account was deleted during the login. "Invalid refresh token" would be the wrong sentence:
      // the request had none.
      throw error instanceof TokenRefused ? refusal('not-logged-in') : toRefusal(error);
    }
  };

  /** Starts a session, and adds its tokens to the fields of the response. */
  const respond = async (
    ctx: StrapiKoaContext,
    userId: number,
    fields: object,
    isRemembered: boolean,
    own: OwnLoginOptions = {},
  ): Promise<void> => {
    forgetProvider(ctx);
    const pair = await startSession(ctx, userId, isRemembered, own);
    transport.sendTokens(
      ctx,
      { status: 'Authenticated', ...fields, jwt: pair.accessToken },
      pair,
      own.impersonatedBy ? 'body' : transport.transportForLogin(ctx),
    );
  };

  const readIssued = (accessToken: string): AccessClaims => {
    try {
      return sessions.readAccessToken(accessToken);
    } catch (cause) {
      // Not a refusal: the client has done nothing wrong.
      throw new Error(
        'A login responded with a `jwt` that is not from the `jwt` service of users-permissions, or has no user `id`',
        { cause },
      );
    }
  };

  /** Starts a session if the response has an access token that belongs to none. */
  const completeLogin = async (
    ctx: StrapiKoaContext,
    { setsPassword = false, isRemembered }: { setsPassword?: boolean; isRemembered: boolean },
  ): Promise<void> => {
    const response = ctx.body as { jwt?: unknown } | undefined;
    // No login: the request was refused, or the new user must confirm the e-mail address first.
    if (typeof response?.jwt !== 'string' || ctx.status >= 400) return;

    const { id, sessionId } = readIssued(response.jwt);
    if (sessionId !== undefined) return;
    // The database hooks end sessions only when the password differs; here they end in any case.
    if (setsPassword) await sessions.revokeAll([id], 'password-changed');
    await respond(ctx, id, response, isRemembered);
  };

  return { respond, completeLogin };
};

/** Creates what logs users in: Strapi's own actions, and the two ways for code of a project or another plugin. */
export const createLogins = (dependencies: LoginDependencies) => {
  const { sessions, transport, passwords, providerFaults, findShownUser } = dependencies;
  const { respond, completeLogin } = createResponses(dependencies);

  /**
   * Wraps an action of Strapi that logs a user in. Strapi's action runs unchanged, with all its checks.
   * When its response has a token, a session is started and the response gets its tokens.
   */
  const wrap =
    (
      action: Action,
      { prepare, setsPassword = false, isRemembered = () => true }: LoginOptions,
    ): Action =>
    async (ctx, next) => {
      requireTrustedOrigin(ctx, transport);
      const remembered = await isRemembered(ctx);
      try {
        await prepare?.(ctx);
        const returned = await action(ctx, next);
        // Strapi takes the value that an action returns, where it sets no body
        // (`@strapi/core/dist/services/server/compose-endpoint.js`).
        if (isNil(ctx.body) && !isNil(returned)) ctx.body = returned;
      } catch (error) {
        throw toRefusal(providerFaults.faultOf(ctx) ?? error);
      }
      await completeLogin(ctx, { setsPassword, isRemembered: remembered });
    };

  /** Keeps the choice of the session that the request belongs to. */
  const isCurrentRemembered = (ctx: StrapiKoaContext): Promise<boolean> => {
    const { session } = ctx.state as { session?: { id: string } };
    return sessions.isRemembered(session?.id);
  };

  return {
    /**
     * Returns the actions of Strapi that log a user in, each of which now starts a session.
     *
     * @param original the actions of Strapi's `auth` controller
     */
    wrapActions(original: Controller): Controller {
      const wrapNamed = (name: string, options: LoginOptions): Action => {
        const action = original[name];
        if (!action) throw new Error(`Strapi's auth controller has no action "${name}"`);
        return wrap(action.bind(original), options);
      };
      return {
        callback: wrapNamed('callback', { isRemembered: takeRememberMe }),
        register: wrapNamed('register', { isRemembered: takeRememberMe }),
        changePassword: wrapNamed('changePassword', {
          prepare: passwords.expectCurrentPassword,
          setsPassword: true,
          isRemembered: isCurrentRemembered,
        }),
        resetPassword: wrapNamed('resetPassword', {
          prepare: passwords.expectResetCode,
          setsPassword: true,
        }),
      };
    },

    /**
     * Logs a user in whose credentials the caller has checked, and responds like `POST /auth/local`.
     *
     * @throws when nobody may log in to the account, `rememberMe` is malformed, or the response would set the
     *   cookie for a page of another site
     */
    async login(
      ctx: StrapiKoaContext,
      userId: number,
      options: OwnLoginOptions = {},
    ): Promise<void> {
      // A query with no id would find somebody.
      if (!Number.isSafeInteger(userId)) throw new TypeError('The id of a user is a number');
      const own = readOptions(options);
      if (!own.impersonatedBy) requireTrustedOrigin(ctx, transport);
      const isRemembered = readRememberMe(ctx);
      await respond(ctx, userId, { user: await findShownUser(ctx, userId) }, isRemembered, own);
    },

    /**
     * Middleware of a route whose handler responds with `{ jwt, … }`. The token becomes that of a session. Any
     * other response passes unchanged, and so do errors.
     */
    async withSession(ctx: StrapiKoaContext, next: Next): Promise<void> {
      requireTrustedOrigin(ctx, transport);
      const isRemembered = readRememberMe(ctx);
      await next();
      await completeLogin(ctx, { isRemembered });
    },
  };
};
