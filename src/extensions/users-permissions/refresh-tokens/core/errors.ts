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
  | 'reuse-detected';

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

/** A refused account. `reason` is public: the user can do something about it. */
export class AccountRefused extends Error {
  constructor(readonly reason: 'blocked' | 'unconfirmed') {
    super(`Account refused: ${reason}`);
    this.name = 'AccountRefused';
  }
}
