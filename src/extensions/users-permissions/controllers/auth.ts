import { errors } from '@strapi/utils';
import type { Next } from 'koa';
import { answerRefusal, MISSING_REFRESH_TOKEN } from '../http/refusals';
import { bearerTokenOf, bodyField, clientOf, ipAddressOf } from '../http/request';
import type { Transport } from '../http/transport';
import type { SessionService } from '../services/session';
import type { Action, Controller, StrapiKoaContext } from '../shapes';

interface AuthControllerDependencies {
  readonly sessions: SessionService;
  readonly transport: Transport;
  readonly log: (message: string) => void;
}

const CROSS_SITE = 'Cross-site requests may not use the refresh cookie';

/**
 * Wraps an action of Strapi's that logs somebody in. It runs as it is, with all its checks; only
 * when it has answered with a token of its own is a session started, and its answer replaced.
 */
const withSession =
  (action: Action, { sessions, transport }: AuthControllerDependencies): Action =>
  async (ctx: StrapiKoaContext, next: Next) => {
    await action(ctx, next);

    const answer = ctx.body as { jwt?: unknown; user?: unknown } | undefined;
    // Refused, or registered with the e-mail address still to be confirmed: nobody is logged in.
    if (typeof answer?.jwt !== 'string') return;

    const { id } = await sessions.authenticate(answer.jwt);
    const pair = await sessions.start(id, clientOf(ctx));
    transport.send(
      ctx,
      { status: 'Authenticated', jwt: pair.accessToken, user: answer.user },
      pair,
      transport.carrierOfLogin(ctx),
    );
  };

const readScope = (ctx: StrapiKoaContext): 'session' | 'all' => {
  const scope = bodyField(ctx, 'scope') ?? undefined;
  if (scope === undefined) return 'session';
  if (scope !== 'all') throw new errors.ValidationError('scope must be "all" when it is given');
  return scope;
};

/**
 * Strapi's `auth` controller with sessions behind it.
 *
 * @param original the actions of Strapi's own controller
 */
export const extendAuthController = (
  original: Controller,
  dependencies: AuthControllerDependencies,
): Controller => {
  const { sessions, transport, log } = dependencies;

  const loggingIn = (name: string): Action => {
    const action = original[name];
    if (!action) throw new Error(`Strapi's auth controller has no action "${name}"`);
    return withSession(action.bind(original), dependencies);
  };

  return {
    ...original,
    callback: loggingIn('callback'),
    register: loggingIn('register'),
    changePassword: loggingIn('changePassword'),
    resetPassword: loggingIn('resetPassword'),

    async refresh(ctx) {
      let presented = null;
      try {
        presented = transport.read(ctx);
        if (!presented) return ctx.badRequest(MISSING_REFRESH_TOKEN);
        if (presented.carrier === 'cookie' && !transport.isTrusted(ctx)) {
          return ctx.forbidden(CROSS_SITE);
        }
        const pair = await sessions.rotate(presented.token, ipAddressOf(ctx));
        const carrier = transport.carrierOfRefresh(ctx, presented);
        transport.send(ctx, { jwt: pair.accessToken }, pair, carrier);
      } catch (error) {
        answerRefusal(error, ctx, { transport, presented, log });
      }
    },

    async logout(ctx) {
      let presented = null;
      try {
        presented = transport.read(ctx);
        if (presented?.carrier === 'cookie' && !transport.isTrusted(ctx)) {
          return ctx.forbidden(CROSS_SITE);
        }
        const isDone = await sessions.logout(
          { refreshToken: presented?.token, accessToken: bearerTokenOf(ctx) },
          readScope(ctx),
        );
        if (!isDone) return ctx.unauthorized('Missing authentication');
        transport.clear(ctx);
        ctx.set('Cache-Control', 'no-store');
        ctx.send({ ok: true });
      } catch (error) {
        answerRefusal(error, ctx, { transport, presented, log });
      }
    },
  };
};
