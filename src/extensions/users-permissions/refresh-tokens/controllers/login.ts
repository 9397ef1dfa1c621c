import type { Next } from 'koa';
import { TokenRefused } from '../core/errors';
import { refusal, toRefusal } from '../http/refusals';
import type { Transport } from '../http/transport';
import { clientOf } from '../http/request';
import type { SessionService } from '../services/sessions';
import type { TokenPair } from '../services/token-pair';
import type { Action, Controller, StrapiKoaContext } from '../shapes';

interface LoginDependencies {
  readonly sessions: SessionService;
  readonly transport: Transport;
}

interface LoginOptions {
  /** Whether the action has set a password, so that every session from before it must end. */
  readonly setsPassword: boolean;
}

/** @throws the refusal, when the account is blocked, unconfirmed or gone */
const startSession = async (
  userId: number,
  ctx: StrapiKoaContext,
  sessions: SessionService,
): Promise<TokenPair> => {
  try {
    return await sessions.start(userId, clientOf(ctx));
  } catch (error) {
    // Deleted while logging in: there was no refresh token that could be bad.
    throw error instanceof TokenRefused ? refusal('not-logged-in') : toRefusal(error);
  }
};

/**
 * Wraps an action of Strapi's that logs somebody in. It runs as it is, with all its checks; only
 * when it has answered with a token of its own is a session started, and its answer replaced.
 */
const withSession =
  (
    action: Action,
    { setsPassword }: LoginOptions,
    { sessions, transport }: LoginDependencies,
  ): Action =>
  async (ctx: StrapiKoaContext, next: Next) => {
    await action(ctx, next);

    const answer = ctx.body as { jwt?: unknown; user?: unknown } | undefined;
    // Refused, or registered with the e-mail address still to be confirmed: nobody is logged in.
    if (typeof answer?.jwt !== 'string') return;

    const { id } = sessions.readAccessToken(answer.jwt);
    // Also when the new password is the old one, which changes nothing in the database.
    if (setsPassword) await sessions.revokeAll([id], 'password-changed');
    const pair = await startSession(id, ctx, sessions);
    transport.send(
      ctx,
      { status: 'Authenticated', jwt: pair.accessToken, user: answer.user },
      pair,
      transport.carrierOfLogin(ctx),
    );
  };

/**
 * The actions of Strapi's `auth` controller that log somebody in, with sessions behind them.
 *
 * @param original the actions of Strapi's own controller
 */
export const createLoginActions = (
  original: Controller,
  dependencies: LoginDependencies,
): Controller => {
  const loggingIn = (name: string, options: LoginOptions): Action => {
    const action = original[name];
    if (!action) throw new Error(`Strapi's auth controller has no action "${name}"`);
    return withSession(action.bind(original), options, dependencies);
  };

  return {
    callback: loggingIn('callback', { setsPassword: false }),
    register: loggingIn('register', { setsPassword: false }),
    changePassword: loggingIn('changePassword', { setsPassword: true }),
    resetPassword: loggingIn('resetPassword', { setsPassword: true }),
  };
};
