import {
  TokenRefused,
  type RefusalReason,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import { createTokenService } from '../../src/extensions/users-permissions/refresh-tokens/core/tokens';
import { HOUR, START } from './session-fixture';

export const ACCESS_SECRET = 'an access secret of 32 characters';
export const REFRESH_SECRET = 'a refresh secret of 32 characters';
export const tokens = createTokenService([ACCESS_SECRET], [REFRESH_SECRET]);

/** Issued now, for an hour. */
export const times = { issuedAt: START, expiresAt: START + HOUR };
/** The same times in seconds, as in a JWT. */
export const iat = START / 1000;
export const exp = iat + 3600;

export const accessClaims = { id: 7, sessionId: 'a-session', type: 'access', iat, exp };
export const refreshClaims = { sessionId: 'a-session', generation: 3, type: 'refresh', iat, exp };

export type Verify = (token: unknown, now?: number) => unknown;
export const verifyAccess: Verify = (token, now = START) => tokens.verifyAccess(token, now);
export const verifyRefresh: Verify = (token, now = START) => tokens.verifyRefresh(token, now);

/** Both kinds of token, for rules that apply to both. */
export const kinds = [
  { kind: 'access', verify: verifyAccess, secret: ACCESS_SECRET, claims: accessClaims },
  { kind: 'refresh', verify: verifyRefresh, secret: REFRESH_SECRET, claims: refreshClaims },
] as const;

/** Returns why a token is refused. Throws any other error, and when the token is accepted. */
export const refusalOf = (verify: () => unknown): RefusalReason => {
  try {
    verify();
  } catch (error) {
    if (error instanceof TokenRefused) return error.reason;
    throw error;
  }
  throw new Error('The token was accepted');
};

/** Returns the encoded header, payload and signature. */
export const partsOf = (token: string) => token.split('.') as [string, string, string];
