import { errors } from '@strapi/utils';
import { AccountRefused, TokenRefused } from '../core/errors';
import type { StrapiKoaContext } from '../shapes';

/**
 * A refusal that is answered by a method of `ctx`. Strapi has no error for 415, and catches its own
 * for 401 and 403 around every route, to answer them without their sentence
 * (`@strapi/core/dist/services/server/compose-endpoint.js`).
 */
class AnsweredByContext extends Error {
  constructor(
    readonly method: 'unauthorized' | 'forbidden' | 'unsupportedMediaType',
    message: string,
  ) {
    super(message);
    this.name = 'AnsweredByContext';
  }
}

const unauthorized = (message: string) => new AnsweredByContext('unauthorized', message);
const forbidden = (message: string) => new AnsweredByContext('forbidden', message);
const unsupported = (message: string) => new AnsweredByContext('unsupportedMediaType', message);

/** As `ctx.badRequest` of Strapi answers. */
const badRequest = (message: string): Error =>
  Object.assign(new errors.ApplicationError(message), { name: 'BadRequestError' });
const application = (message: string): Error => new errors.ApplicationError(message);
const validation = (message: string): Error => new errors.ValidationError(message);

/** Every sentence that a caller can hear from us, as the error that gives it its status. */
const REFUSALS = {
  // One for every cause of a bad refresh token: the cause goes to the log.
  'invalid-refresh-token': () => unauthorized('Invalid refresh token'),
  'missing-refresh-token': () => badRequest('Missing refresh token'),
  'missing-authentication': () => unauthorized('Missing authentication'),
  'not-logged-in': () => new errors.UnauthorizedError(),
  'account-blocked': () => application('Your account has been blocked by an administrator'),
  'account-unconfirmed': () => application('Your account email is not confirmed'),
  'malformed-idempotency-key': () =>
    badRequest('Idempotency-Key must be 22 to 128 printable ASCII characters without spaces'),
  'untrusted-origin': () => forbidden('Cross-site requests may not use the refresh cookie'),
  'unknown-scope': () => badRequest('scope must be "all" when it is given'),
  'unknown-session': () => new errors.NotFoundError('Session not found'),
  'rate-limited': () => new errors.RateLimitError(),
  'unreadable-body': () => validation('Request body cannot be read'),
  'body-too-large': () => new errors.PayloadTooLargeError('Request body is too large'),
  'body-not-plain': () => validation('The request body must be a JSON object or a form'),
  'body-too-deep': () => validation('The request body is nested too deeply'),
  'body-with-nul': () => validation('The request body must not contain NUL characters'),
  'malformed-text': () => validation('The request must not contain half a surrogate pair'),
  'email-too-long': () => validation('email must be at most 254 characters'),
  multipart: () => unsupported('Send JSON: this route takes no multipart body'),
} as const satisfies Record<string, () => Error>;

/** The error to throw for a refusal. */
export const refusal = (reason: keyof typeof REFUSALS): Error => REFUSALS[reason]();

/** The error to throw for one of ours; any other error as it is. */
export const toRefusal = (error: unknown): unknown => {
  if (error instanceof TokenRefused) return refusal('invalid-refresh-token');
  if (error instanceof AccountRefused) return refusal(`account-${error.reason}`);
  return error;
};

/**
 * The one map from an error to its answer.
 *
 * @throws what Strapi answers by itself, and what this does not know: a fault of ours becomes a 5xx
 *   and is never called a bad token
 */
export const answerRefusal = (error: unknown, ctx: StrapiKoaContext): void => {
  const refused = toRefusal(error);
  if (!(refused instanceof AnsweredByContext)) throw refused;
  ctx[refused.method](refused.message);
};
