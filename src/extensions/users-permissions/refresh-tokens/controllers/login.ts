import type { Next } from 'koa';
import { TokenRefused } from '../core/errors';
import { refusal, toRefusal } from '../http/refusals';
import type { RefreshTokenTransport } from '../http/transport';
import { clientOf } from '../http/request';
import type { SessionService } from '../services/sessions';
import type { TokenPair } from '../services/token-pair';
import type { Action, Controller, StrapiKoaContext } from '../shapes';

interface LoginDependencies {
  readonly sessions: SessionService;
  readonly transport: RefreshTokenTransport;
}

interface LoginOptions {
  /** Whether the action sets a password, so that every earlier session of the user must end. */
  readonly setsPassword: boolean;
}

/** @throws when the account is blocked, unconfirmed or deleted */
const startSession = async (
  userId: number,
  ctx: StrapiKoaContext,
  sessions: SessionService,
): Promise<TokenPair> => {
  try {
    return await sessions.start(userId, clientOf(ctx));
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
    { setsPassword }: LoginOptions,
    { sessions, transport }: LoginDependencies,
  ): Action =>
  async (ctx: StrapiKoaContext, next: Next) => {
    await action(ctx, next);

    const response = ctx.body as { jwt?: unknown; user?: unknown } | undefined;
    // No login: the request was refused, or the new user must confirm the e-mail address first.
    if (typeof response?.jwt !== 'string') return;

    const { id } = sessions.readAccessToken(response.jwt);
    // The database hooks end sessions only when the password differs; here they end in any case.
    if (setsPassword) await sessions.revokeAll([id], 'password-changed');
    const pair = await startSession(id, ctx, sessions);
    transport.sendTokens(
      ctx,
      { status: 'Authenticated', jwt: pair.accessToken, user: response.user },
      pair,
      transport.transportForLogin(ctx),
    );
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
  const wrap = (name: string, options: LoginOptions): Action => {
    const action = original[name];
    if (!action) throw new Error(`Strapi's auth controller has no action "${name}"`);
    return withSession(action.bind(original), options, dependencies);
  };

  return {
    callback: wrap('callback', { setsPassword: false }),
    register: wrap('register', { setsPassword: false }),
    changePassword: wrap('changePassword', { setsPassword: true }),
    resetPassword: wrap('resetPassword', { setsPassword: true }),
  };
};
