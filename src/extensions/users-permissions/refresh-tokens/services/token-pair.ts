import type { Session } from '../core/session';
import type { Settings } from '../settings/settings';
import type { Tokens } from '../core/tokens';

/** What a login or a refresh yields. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** What the refresh token has left, in milliseconds. */
  readonly refreshMaxAge: number;
}

/**
 * Mints the pair of a session's current generation. The refresh token comes from the row alone, so
 * that every caller of one generation gets the same bytes (design section 3).
 *
 * @param at milliseconds since the epoch
 */
export const issueTokenPair = (
  session: Session,
  at: number,
  tokens: Tokens,
  { accessTtl }: Pick<Settings, 'accessTtl'>,
): TokenPair => ({
  accessToken: tokens.mintAccess(
    { id: session.userId, sessionId: session.sessionId },
    { issuedAt: at, expiresAt: Math.min(at + accessTtl, session.absoluteExpiresAt) },
  ),
  refreshToken: tokens.mintRefresh(session, {
    issuedAt: session.rotatedAt,
    expiresAt: session.expiresAt,
  }),
  refreshMaxAge: session.expiresAt - at,
});
