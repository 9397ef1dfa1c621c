/** Why a token was refused. For the log only: the response has one sentence for all of them. */
export type RefusalReason =
  | 'malformed'
  | 'bad-signature'
  | 'wrong-type'
  | 'bad-claims'
  | 'token-expired'
  | 'unknown-session'
  | 'session-revoked'
  | 'session-idle'
  | 'session-ended'
  | 'user-deleted'
  | 'reuse-detected'
  /** It would have been a reuse, but the connection was closed before it was judged. */
  | 'caller-left';

/** A refused token. `reason` is private: see {@link RefusalReason}. */
export class TokenRefused extends Error {
  /**
   * @param reason the precise cause
   * @param sessionId the session that the token names, where its signature is valid
   */
  constructor(
    readonly reason: RefusalReason,
    readonly sessionId?: string,
  ) {
    super(`Token refused: ${reason}`);
    this.name = 'TokenRefused';
  }
}

/** Returns null when the token is refused. Any other error is thrown on. */
export const nullIfRefused = <Claims>(read: () => Claims): Claims | null => {
  try {
    return read();
  } catch (error) {
    if (error instanceof TokenRefused) return null;
    throw error;
  }
};

/** Why an account was refused. Public: the user or an administrator can do something about it. */
export type AccountRefusalReason =
  | 'blocked'
  | 'unconfirmed'
  | 'without-role'
  /** Its user logs in with a provider and has never set a password. */
  | 'without-password'
  /** Another request has changed the password since this one verified it. */
  | 'password-changed'
  /** Another request has used the reset code since this one looked it up. */
  | 'code-used';

/** A refused account. */
export class AccountRefused extends Error {
  constructor(readonly reason: AccountRefusalReason) {
    super(`Account refused: ${reason}`);
    this.name = 'AccountRefused';
  }
}
