import { accountProblem } from './account';
import type { RefusalReason } from './errors';
import { endOf, type Session, type SessionWithUser } from './session';
import type { RefreshClaims } from './tokens';

/** What is to be done with a refresh token that was presented. */
export type Verdict =
  /** Move the session from one generation to the next, if nobody else has. */
  | { readonly kind: 'rotate'; readonly from: number; readonly to: number }
  /** Hand out the successor that the first caller got; change nothing. */
  | { readonly kind: 'repeat' }
  /** As `rotate`, but the row is older than the token: the database came from a backup. */
  | { readonly kind: 'restore'; readonly from: number; readonly to: number }
  /** Theft, or a badly broken client: revoke the session. */
  | { readonly kind: 'reuse' }
  /** The account is gone or blocked: revoke the session. */
  | { readonly kind: 'revoke'; readonly reason: 'user-deleted' | 'user-blocked' }
  /** Nothing to revoke, nothing to give. */
  | { readonly kind: 'refuse'; readonly reason: RefusalReason };

/** What the generation of a token means for a live session. */
const judgeGeneration = (
  token: RefreshClaims,
  { generation, rotatedAt }: Pick<Session, 'generation' | 'rotatedAt'>,
  now: number,
  leeway: number,
): Verdict => {
  if (token.generation < generation) {
    const isPrevious = token.generation === generation - 1;
    // A leeway of zero is strict even where another instance's clock is ahead of this one.
    const isWithinLeeway = leeway > 0 && now - rotatedAt <= leeway;
    return isPrevious && isWithinLeeway ? { kind: 'repeat' } : { kind: 'reuse' };
  }
  if (token.isExpired) return { kind: 'refuse', reason: 'token-expired' };
  return token.generation === generation
    ? { kind: 'rotate', from: generation, to: generation + 1 }
    : { kind: 'restore', from: generation, to: token.generation + 1 };
};

/**
 * Judges a genuine refresh token against what is stored: the table of design section 5, in its order.
 * Pure: it decides, others carry it out.
 *
 * @param token the claims of a token whose signature has been checked
 * @param stored the session row and its user, or null where there is none
 * @param now milliseconds since the epoch
 * @param leeway how long after a rotation the previous token is still answered, in milliseconds
 * @see RFC 9700, section 4.14.2 (refresh token rotation)
 */
export const judge = (
  token: RefreshClaims,
  stored: SessionWithUser | null,
  now: number,
  leeway: number,
): Verdict => {
  if (!stored) return { kind: 'refuse', reason: 'unknown-session' };
  const { session, user } = stored;

  const ended = endOf(session, now);
  if (ended) return { kind: 'refuse', reason: ended };
  const problem = accountProblem(user);
  if (problem === 'deleted') return { kind: 'revoke', reason: 'user-deleted' };
  if (problem === 'blocked') return { kind: 'revoke', reason: 'user-blocked' };
  return judgeGeneration(token, session, now, leeway);
};
