import type { Session } from '../core/session';
import type { Settings } from '../settings/settings';
import type { TokenService } from '../core/tokens';

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The remaining lifetime of the refresh token, in milliseconds; null to end with the browser. */
  readonly refreshMaxAge: number | null;
}

/**
 * Mints the token pair of a session's current generation. The refresh token depends on the row alone,
 * so that it is byte-identical for every caller (design section 3).
 *
 * @param at when the access token is issued, in milliseconds since the epoch
 * @param own further claims of the access token
 */
export const issueTokenPair = (
  session: Session,
  at: number,
  tokens: TokenService,
  { accessTtl }: Pick<Settings, 'accessTtl'>,
  own: object,
): TokenPair => ({
  accessToken: tokens.mintAccess(
    { id: session.userId, sessionId: session.sessionId },
    { issuedAt: at, expiresAt: Math.min(at + accessTtl, session.absoluteExpiresAt) },
    own,
  ),
  refreshToken: tokens.mintRefresh(session, {
    issuedAt: session.rotatedAt,
    expiresAt: session.expiresAt,
  }),
  refreshMaxAge: session.remembered ? session.expiresAt - at : null,
});
