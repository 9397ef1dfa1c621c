import { errors } from '@strapi/utils';
import { AccountRefused, TokenRefused } from '../core/errors';
import type { StrapiKoaContext } from '../shapes';
import { UnreadableToken, type PresentedToken, type Transport } from './transport';

/** The two public answers to a refresh token that is not there or not good. */
export const MISSING_REFRESH_TOKEN = 'Missing refresh token';
export const INVALID_REFRESH_TOKEN = 'Invalid refresh token';

/**
 * The one map from our errors to HTTP. Every bad token gets the same words; the cause goes to the
 * log. What is not listed is a fault of ours, thrown on to become a 5xx.
 *
 * @throws whatever it does not know
 */
export const answerRefusal = (
  error: unknown,
  ctx: StrapiKoaContext,
  {
    transport,
    presented,
    log,
  }: {
    transport: Transport;
    presented: PresentedToken | null;
    log: (message: string) => void;
  },
): void => {
  if (error instanceof UnreadableToken) {
    ctx.badRequest(MISSING_REFRESH_TOKEN);
    return;
  }
  if (error instanceof TokenRefused) {
    const session = error.sessionId === undefined ? '' : ` (session ${error.sessionId})`;
    log(`Refresh refused: ${error.reason}${session}`);
    if (presented?.carrier === 'cookie') transport.clear(ctx);
    ctx.unauthorized(INVALID_REFRESH_TOKEN);
    return;
  }
  if (error instanceof AccountRefused) {
    throw new errors.ApplicationError(error.message);
  }
  throw error;
};
