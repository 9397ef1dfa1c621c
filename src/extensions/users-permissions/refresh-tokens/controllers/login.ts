import type { Next } from 'koa';
import omit from 'lodash/omit';
import { TokenRefused } from '../core/errors';
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

/** @throws when the account is blocked, unconfirmed, without a role or deleted, or its password changed */
const startSession = async (
  sessions: SessionService,
  ctx: StrapiKoaContext,
  userId: number,
  options: Parameters<SessionService['start']>[2],
): Promise<TokenPair> => {
  try {
    return await sessions.start(userId, clientOf(ctx), options);
  } catch (error) {
    // The account was deleted during the login. "Invalid refresh token" would be the wrong sentence:
    // the request had none.
    throw error instanceof TokenRefused ? refusal('not-logged-in') : toRefusal(error);
  }
};

/**
 * Wraps an action of Strapi that logs a user in. Strapi's action runs unchanged, with all its checks.
 * When its response has a token, a session is started and the response replaced.
 */
const withSession =
  (
    action: Action,
    { prepare, setsPassword = false, isRemembered = () => true }: LoginOptions,
    { sessions, transport, passwords, providerFaults }: LoginDependencies,
  ): Action =>
  async (ctx: StrapiKoaContext, next: Next) => {
    requireTrustedOrigin(ctx, transport);
    const remembered = await isRemembered(ctx);
    try {
      await prepare?.(ctx);
      await action(ctx, next);
    } catch (error) {
      throw toRefusal(providerFaults.faultOf(ctx) ?? error);
    }

    const response = ctx.body as { jwt?: unknown; user?: unknown } | undefined;
    // No login: the request was refused, or the new user must confirm the e-mail address first.
    if (typeof response?.jwt !== 'string') return;

    forgetProvider(ctx);
    const { id } = sessions.readAccessToken(response.jwt);
    // The database hooks end sessions only when the password differs; here they end in any case.
    if (setsPassword) await sessions.revokeAll([id], 'password-changed');
    const pair = await startSession(sessions, ctx, id, {
      passwordHash: passwords.hashOf(ctx),
      isRemembered: remembered,
      replaced: sessions.readGenuineRefreshTokens(transport.readOwnCookies(ctx)),
    });
    transport.sendTokens(
      ctx,
      { status: 'Authenticated', jwt: pair.accessToken, user: response.user },
      pair,
      transport.transportForLogin(ctx),
    );
  };

/** Reads `rememberMe` and takes it out of the body: Strapi refuses a registration with unknown fields. */
const readRememberMe = (ctx: StrapiKoaContext): boolean => {
  const field = rememberMe.safeParse(bodyField(ctx, 'rememberMe'));
  if (!field.success) throw refusal('malformed-remember-me');
  ctx.request.body = omit(ctx.request.body as object, 'rememberMe');
  return field.data ?? true;
};

/**
 * Creates the actions that log a user in: Strapi's own, each of which now starts a session.
 *
 * @param original the actions of Strapi's `auth` controller
 */
export const createLoginActions = (
  original: Controller,
  dependencies: LoginDependencies,
): Controller => {
  const { sessions, passwords } = dependencies;
  const wrap = (name: string, options: LoginOptions): Action => {
    const action = original[name];
    if (!action) throw new Error(`Strapi's auth controller has no action "${name}"`);
    return withSession(action.bind(original), options, dependencies);
  };

  /** Keeps the choice of the session that the request belongs to. */
  const isCurrentRemembered = (ctx: StrapiKoaContext): Promise<boolean> => {
    const { session } = ctx.state as { session?: { id: string } };
    return sessions.isRemembered(session?.id);
  };

  return {
    callback: wrap('callback', { isRemembered: readRememberMe }),
    register: wrap('register', { isRemembered: readRememberMe }),
    changePassword: wrap('changePassword', {
      prepare: passwords.expectCurrentPassword,
      setsPassword: true,
      isRemembered: isCurrentRemembered,
    }),
    resetPassword: wrap('resetPassword', {
      prepare: passwords.expectResetCode,
      setsPassword: true,
    }),
  };
};
