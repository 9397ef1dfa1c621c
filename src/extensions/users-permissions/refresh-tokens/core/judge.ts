import { accountProblem } from './account';
import type { RefusalReason } from './errors';
import { endReasonOf, type Session, type SessionWithUser } from './session';
import type { RefreshClaims } from './tokens';

/** The decision about a presented refresh token. */
export type Verdict =
  /** Move the session from one generation to the next, if no other request has. */
  | { readonly kind: 'rotate'; readonly from: number; readonly to: number }
  /** Return the refresh token of the current generation again; change nothing. */
  | { readonly kind: 'repeat' }
  /** As `rotate`, but the row is older than the token: the database was restored from a backup. */
  | { readonly kind: 'restore'; readonly from: number; readonly to: number }
  /** An older token is used again (theft, or a badly broken client): revoke the session. */
  | { readonly kind: 'reuse' }
  /** The account is deleted or blocked: revoke the session. */
  | { readonly kind: 'revoke'; readonly reason: 'user-deleted' | 'user-blocked' }
  /** Refuse the token; there is no live session to revoke. */
  | { readonly kind: 'refuse'; readonly reason: RefusalReason };

/** The claims of a genuine refresh token, and the retry key of the request that presented it. */
interface PresentedClaims extends Pick<RefreshClaims, 'sessionId' | 'generation' | 'isExpired'> {
  /** SHA-256 of the key; null or absent when the request had none. */
  readonly retryKeyHash?: string | null;
}

/** Whether the request is a retry of the request that rotated the session last. */
const isRetry = (
  { retryKeyHash: presented }: PresentedClaims,
  { retryKeyHash: stored }: Pick<Session, 'retryKeyHash'>,
): boolean => stored !== null && presented === stored;

const judgeGeneration = (
  token: PresentedClaims,
  session: Pick<Session, 'generation' | 'rotatedAt' | 'retryKeyHash'>,
  now: number,
  leeway: number,
): Verdict => {
  const { generation, rotatedAt } = session;
  // `rotatedAt` is in the future when the clock of another instance is ahead: without `leeway > 0`, a
  // leeway of zero would then not be strict.
  const isWithinLeeway = leeway > 0 && now - rotatedAt <= leeway;
  if (token.generation < generation) {
    const isPrevious = token.generation === generation - 1;
    const mayRepeat = isPrevious && (isWithinLeeway || isRetry(token, session));
    return mayRepeat ? { kind: 'repeat' } : { kind: 'reuse' };
  }
  if (token.isExpired) return { kind: 'refuse', reason: 'token-expired' };
  if (token.generation > generation) {
    return { kind: 'restore', from: generation, to: token.generation + 1 };
  }
  // At most one rotation per leeway (docs/decisions/0027). Generation 0 began with a login, not with a
  // rotation.
  return generation > 0 && isWithinLeeway
    ? { kind: 'repeat' }
    : { kind: 'rotate', from: generation, to: generation + 1 };
};

/**
 * Decides what a genuine refresh token leads to: the table of design section 5, in its order. Pure:
 * `services/rotate.ts` carries the verdict out.
 *
 * @param token the claims of a token whose signature has been verified, and the retry key
 * @param stored the session row and its user, or null when no row exists
 * @param now milliseconds since the epoch
 * @param leeway how long after a rotation the session does not rotate again, and the previous token
 *   yields the same successor; in milliseconds
 * @see RFC 9700, section 4.14.2 (refresh token rotation)
 */
export const judge = (
  token: PresentedClaims,
  stored: SessionWithUser | null,
  now: number,
  leeway: number,
): Verdict => {
  if (!stored) return { kind: 'refuse', reason: 'unknown-session' };
  const { session, user } = stored;

  const ended = endReasonOf(session, now);
  if (ended) return { kind: 'refuse', reason: ended };
  const problem = accountProblem(user);
  if (problem === 'deleted') return { kind: 'revoke', reason: 'user-deleted' };
  if (problem === 'blocked') return { kind: 'revoke', reason: 'user-blocked' };
  return judgeGeneration(token, session, now, leeway);
};
