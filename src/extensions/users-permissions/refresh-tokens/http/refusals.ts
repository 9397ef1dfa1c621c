import { errors } from '../strapi-errors';
import { AccountRefused, TokenRefused } from '../core/errors';
import type { Action, Route, StrapiKoaContext } from '../shapes';

/** Strapi has no error class for 415 (`@strapi/utils/dist/errors.js`). */
class UnsupportedMediaTypeError extends errors.ApplicationError {}

const unauthorized = (message: string): Error => new errors.UnauthorizedError(message);
/** Strapi drops the message of every other error for 403 (`createAuthorizeMiddleware` of `compose-endpoint.js`). */
const forbidden = (message: string): Error =>
  Object.assign(new errors.PolicyError(message), { name: 'ForbiddenError' });
const unsupported = (message: string): Error => new UnsupportedMediaTypeError(message);

/** The same response as that of `ctx.badRequest`. */
const badRequest = (message: string): Error =>
  Object.assign(new errors.ApplicationError(message), { name: 'BadRequestError' });
const application = (message: string): Error => new errors.ApplicationError(message);
const validation = (message: string): Error => new errors.ValidationError(message);

/** Every refusal by its code, which clients compare: its message, as an error that carries the status. */
const REFUSALS = {
  // The same for every cause of a bad refresh token. The cause goes to the log.
  'invalid-refresh-token': () => unauthorized('Invalid refresh token'),
  'missing-refresh-token': () => badRequest('Missing refresh token'),
  'missing-authentication': () => unauthorized('Missing authentication'),
  'not-logged-in': () => new errors.UnauthorizedError(),
  'account-blocked': () => application('Your account has been blocked by an administrator'),
  'account-without-role': () =>
    application('Your account has no role: an administrator has to give it one'),
  'account-without-password': () =>
    application('This account has no password yet: set one with "forgot password"'),
  'account-password-changed': () =>
    validation('The password was changed during this request: try again'),
  'account-code-used': () => validation('Incorrect code provided'),
  'account-unconfirmed': () => application('Your account email is not confirmed'),
  'malformed-idempotency-key': () =>
    badRequest('Idempotency-Key must be 22 to 128 printable ASCII characters without spaces'),
  'untrusted-origin': () => forbidden('Cross-site requests may not use the refresh cookie'),
  'malformed-remember-me': () => badRequest('rememberMe must be true or false when it is given'),
  'unknown-scope': () => badRequest('scope must be "all" when it is given'),
  'unknown-session': () => new errors.NotFoundError('Session not found'),
  'unknown-id': () => new errors.NotFoundError(),
  'rate-limited': () => new errors.RateLimitError(),
  'unreadable-body': () => validation('Request body cannot be read'),
  'body-too-large': () => new errors.PayloadTooLargeError('Request body is too large'),
  'body-not-plain': () => validation('The request body must be a JSON object or a form'),
  'input-too-deep': () => validation('The request is nested too deeply'),
  'nul-in-text': () => validation('The request must not contain NUL characters'),
  'malformed-text': () => validation('The request must be well-formed UTF-8'),
  'wrong-value': () => validation('The request has a value of a wrong kind'),
  'email-too-long': () => validation('email must be at most 254 characters'),
  multipart: () => unsupported('Send JSON: this route takes no multipart body'),
} as const satisfies Record<string, () => Error>;

export type RefusalCode = keyof typeof REFUSALS;

/** All codes that a client can find in `error.details.code`. */
export const refusalCodes = Object.keys(REFUSALS) as RefusalCode[];

/** Returns the error to throw for a refusal, with its code in `details`. */
export const refusal = (code: RefusalCode): Error =>
  Object.assign(REFUSALS[code](), { details: { code } });

/** The codes of what Strapi's login actions refuse, by its messages (`controllers/auth.js` of the plugin). */
export const STRAPI_CODES: Readonly<Record<string, string>> = {
  'Invalid identifier or password': 'invalid-credentials',
  'Your account email is not confirmed': 'account-unconfirmed',
  'Your account has been blocked by an administrator': 'account-blocked',
  'Email or Username are already taken': 'account-exists',
  'Register action is currently disabled': 'registration-disabled',
  'This provider is disabled': 'provider-disabled',
  'The provided current password is invalid': 'invalid-current-password',
  'Your new password must be different than your current password': 'unchanged-password',
  'Passwords do not match': 'passwords-differ',
  'Incorrect code provided': 'account-code-used',
};

/** Gives an error of Strapi a code, where it has none: `invalid-input` for fields that are missing or wrong. */
const addCode = (error: InstanceType<typeof errors.ApplicationError>): void => {
  const details = (error.details ?? {}) as { code?: string };
  const fallback = error instanceof errors.ValidationError ? 'invalid-input' : undefined;
  const code = details.code ?? STRAPI_CODES[error.message] ?? fallback;
  if (code !== undefined) error.details = { ...details, code };
};

/** Returns the error to throw for a refused token or account; any other error with a code, if it is Strapi's. */
export const toRefusal = (error: unknown): unknown => {
  if (error instanceof TokenRefused) return refusal('invalid-refresh-token');
  if (error instanceof AccountRefused) return refusal(`account-${error.reason}`);
  if (error instanceof errors.ApplicationError) addCode(error);
  return error;
};

/**
 * Sends the response of a refusal. Strapi catches its own errors for 401 around every route and drops their
 * message (`@strapi/core/dist/services/server/compose-endpoint.js`), so those are sent here.
 *
 * @throws every other error: Strapi responds to its own errors, and with a 5xx to unknown ones, so that
 *   a fault of the server is never reported as a bad token
 */
export const sendRefusal = (error: unknown, ctx: StrapiKoaContext): void => {
  const refused = toRefusal(error);
  if (!(refused instanceof errors.ApplicationError)) throw refused;
  const { message, details } = refused;
  if (refused instanceof errors.UnauthorizedError) ctx.unauthorized(message, details);
  else if (refused instanceof UnsupportedMediaTypeError) ctx.unsupportedMediaType(message, details);
  else throw refused;
};

/** Returns whether a request has a route of the REST API. GraphQL leaves out the path. */
const isRest = (ctx: StrapiKoaContext): boolean =>
  (ctx.state.route as Partial<Route> | undefined)?.path !== undefined;

/** Lets an action send its refusals. GraphQL calls actions too, and needs the error itself. */
export const sendRefusals =
  (action: Action): Action =>
  async (ctx, ...rest) => {
    try {
      return await action(ctx, ...rest);
    } catch (error) {
      if (!isRest(ctx)) throw toRefusal(error);
      return sendRefusal(error, ctx);
    }
  };
