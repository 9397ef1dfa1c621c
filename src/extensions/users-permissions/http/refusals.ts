import { errors } from '@strapi/utils';
import { AccountRefused, TokenRefused } from '../core/errors';
import type { StrapiKoaContext } from '../shapes';
import { RequestRefused } from './request-refused';
import type { Transport } from './transport';

interface RefusalDependencies {
  readonly transport: Transport;
  readonly log: (message: string) => void;
}

/**
 * The one map from our errors to HTTP. Every bad refresh token gets the same words; the cause goes
 * to the log.
 *
 * @throws what it does not know: a fault of ours becomes a 5xx and is never called a bad token
 */
export const answerRefusal = (
  error: unknown,
  ctx: StrapiKoaContext,
  { transport, log }: RefusalDependencies,
): void => {
  if (error instanceof RequestRefused) {
    ctx[error.status](error.message);
    return;
  }
  if (error instanceof TokenRefused) {
    const session = error.sessionId === undefined ? '' : ` (session ${error.sessionId})`;
    log(`Refresh token refused: ${error.reason}${session}`);
    if (transport.read(ctx)?.carrier === 'cookie') transport.clear(ctx);
    ctx.unauthorized('Invalid refresh token');
    return;
  }
  if (error instanceof AccountRefused) throw new errors.ApplicationError(error.message);
  throw error;
};
