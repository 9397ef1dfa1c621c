/**
 * Why a refresh or access token was refused. For the log; the caller hears one sentence for all.
 */
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
  | 'reuse-detected';

/** A token that does not let its bearer in. `reason` is private: answer the same words for every one. */
export class TokenRefused extends Error {
  /**
   * @param reason the precise cause
   * @param sessionId the session, where the token was authentic
   */
  constructor(
    readonly reason: RefusalReason,
    readonly sessionId?: string,
  ) {
    super(`Token refused: ${reason}`);
    this.name = 'TokenRefused';
  }
}

/** The token is good, the account is not. `reason` is public: the user can do something about it. */
export class AccountRefused extends Error {
  constructor(readonly reason: 'blocked' | 'unconfirmed') {
    super(`Account refused: ${reason}`);
    this.name = 'AccountRefused';
  }
}
