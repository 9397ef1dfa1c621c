import { TokenRefused } from '../core/errors';
import { endReasonOf, type Session } from '../core/session';
import type { AccessClaims } from '../core/tokens';

interface Stored<User> {
  readonly session: Pick<Session, 'userId' | 'revokedAt' | 'expiresAt' | 'absoluteExpiresAt'>;
  readonly user: User | null;
}

/**
 * Returns the user of an access token whose session is live.
 *
 * @param stored what its session id leads to; null when no such session exists
 * @param now milliseconds since the epoch
 * @throws {TokenRefused} the session has ended or belongs to another user, or the user has been deleted
 */
export const requireSession = <User>(
  { id, sessionId }: AccessClaims,
  stored: Stored<User> | null,
  now: number,
): User => {
  if (!stored) throw new TokenRefused('unknown-session', sessionId);
  const ended = endReasonOf(stored.session, now);
  if (ended) throw new TokenRefused(ended, sessionId);
  if (stored.session.userId !== id) throw new TokenRefused('bad-claims', sessionId);
  if (!stored.user) throw new TokenRefused('user-deleted', sessionId);
  return stored.user;
};
