/**
 * The error of a failed call. Compare `code`: it is the server's `error.details.code` (docs/clients.md), or
 *
 * - `unavailable`: no answer, a 5xx, or an answer that is not the API's. Nobody is logged out; try again later.
 * - `account-changed`: another user has logged in since the call began. It is not sent as that user.
 * - `logged-out`: the login of this call has ended since it began.
 * - `refused`: a refusal for which the server has no code.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: string;
  /** The HTTP status; 0 without an answer of the API. */
  readonly status: number;
  /** How long to wait before another attempt, in milliseconds; 0 if the server does not say. */
  readonly retryAfter: number;
  /** The whole `error.details` of the answer: for instance `errors`, which says what is wrong with a field. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    {
      status = 0,
      retryAfter = 0,
      details = {},
    }: Partial<Pick<AuthError, 'status' | 'retryAfter' | 'details'>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.details = details;
  }
}

/** Why a call of a login ends with it. */
export const accountChanged = () => new AuthError('account-changed', 'Another user has logged in');
/** Why a call of a login ends with it. */
export const loggedOut = () => new AuthError('logged-out', 'The login has ended');
