import { AccountRefused, TokenRefused } from '../core/errors';
import { judge, type Verdict } from '../core/judge';
import type { Session, SessionWithUser } from '../core/session';
import type { RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import { describeSession } from './revoke';
import { requireAccount } from './require-account';
import { mintPair, type TokenPair } from './token-pair';

/** Each lost race means that another caller moved the session on; more than this is a fault of ours. */
const MAXIMUM_ATTEMPTS = 10;

/** A genuine refresh token was presented: what it says, from where, and when it was judged. */
interface Presentation {
  readonly claims: RefreshClaims;
  readonly ipAddress: string | null;
  readonly at: number;
}

type Rotate = (claims: RefreshClaims, ipAddress: string | null) => Promise<TokenPair>;
type Step = Extract<Verdict, { kind: 'rotate' | 'restore' }>;

/** Makes what carries out the verdicts of `core/rotation`. */
export const createRotate = ({
  store,
  tokens,
  settings,
  now,
  isConfirmationRequired,
  warn,
  revocations: { revoke, revokeReused },
}: SessionServiceDependencies): Rotate => {
  /** Moves the session on; null when someone else was first and the token must be judged again. */
  const advance = async (
    session: Session,
    { from, to }: Step,
    { ipAddress, at }: Presentation,
  ): Promise<TokenPair | null> => {
    const rotated: Session = {
      ...session,
      generation: to,
      rotatedAt: at,
      expiresAt: Math.min(at + settings.refreshTtl, session.absoluteExpiresAt),
      ipAddress,
    };
    if (!(await store.rotate({ ...rotated, from, to }))) return null;
    return mintPair(rotated, at, tokens, settings);
  };

  // A revocation is done before the refusal is thrown: no error may undo it.
  const refuse = async (
    verdict: Extract<Verdict, { kind: 'revoke' | 'reuse' }>,
    session: Session,
    { claims, ipAddress }: Presentation,
  ): Promise<never> => {
    if (verdict.kind === 'reuse') {
      await revokeReused(session, claims.generation, ipAddress);
      throw new TokenRefused('reuse-detected', session.sessionId);
    }
    await revoke(session, verdict.reason);
    throw verdict.reason === 'user-blocked'
      ? new AccountRefused('blocked')
      : new TokenRefused('user-deleted', session.sessionId);
  };

  const carryOut = async (
    verdict: Exclude<Verdict, { kind: 'refuse' }>,
    stored: SessionWithUser,
    presentation: Presentation,
  ): Promise<TokenPair | null> => {
    const { session } = stored;
    if (verdict.kind === 'reuse' || verdict.kind === 'revoke') {
      return refuse(verdict, session, presentation);
    }
    await requireAccount(stored.user, isConfirmationRequired);
    if (verdict.kind === 'repeat') return mintPair(session, presentation.at, tokens, settings);
    if (verdict.kind === 'restore') {
      warn(
        `Refresh token newer than its session: ${describeSession(session, presentation.ipAddress)}; ` +
          `generation ${presentation.claims.generation} was presented, ${session.generation} is stored. ` +
          'Was the database restored from a backup?',
      );
    }
    return advance(session, verdict, presentation);
  };

  return async (claims, ipAddress) => {
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
      const stored = await store.find(claims.sessionId);
      const at = now();
      const verdict = judge(claims, stored, at, settings.leeway);
      if (verdict.kind === 'refuse' || !stored) {
        const reason = verdict.kind === 'refuse' ? verdict.reason : 'unknown-session';
        throw new TokenRefused(reason, claims.sessionId);
      }
      const pair = await carryOut(verdict, stored, { claims, ipAddress, at });
      if (pair) return pair;
    }
    throw new Error(`Session ${claims.sessionId} changed ${MAXIMUM_ATTEMPTS} times while read`);
  };
};
