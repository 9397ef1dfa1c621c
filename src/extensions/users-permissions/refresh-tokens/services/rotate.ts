import { AccountRefused, TokenRefused } from '../core/errors';
import { sessionEvent } from '../core/events';
import { judge, type Verdict } from '../core/judge';
import type { Session, SessionWithUser } from '../core/session';
import type { RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import { describeSession } from './revoke';
import { requireAccount } from './require-account';
import { issueTokenPair, type TokenPair } from './token-pair';

/** Each lost race means that another caller moved the session on; more than this is a fault of ours. */
const MAXIMUM_ATTEMPTS = 10;

/** The request that presents a refresh token. */
export interface Caller {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** SHA-256 of its `Idempotency-Key`; null when it has none. */
  readonly retryKeyHash: string | null;
}

/** A genuine refresh token that was presented, by whom, and when it was judged. */
interface Presentation {
  readonly claims: RefreshClaims;
  readonly caller: Caller;
  readonly at: number;
}

type Rotate = (tokens: readonly RefreshClaims[], caller: Caller) => Promise<TokenPair>;
type Step = Extract<Verdict, { kind: 'rotate' | 'restore' }>;
type Good = Step | Extract<Verdict, { kind: 'repeat' }>;
type Bad = Exclude<Verdict, Good>;

/** Carries out what a bad token leads to, and throws the refusal. */
type Refuse = () => Promise<never>;

const isGood = (verdict: Verdict): verdict is Good =>
  ['rotate', 'restore', 'repeat'].includes(verdict.kind);

/** Both differ, so that neither a new network nor an updated browser is enough. */
const isElsewhere = (session: Session, { ipAddress, userAgent }: Caller): boolean =>
  ipAddress !== session.ipAddress && userAgent !== session.userAgent;

/** Creates the function that carries out the verdicts of `core/judge`. */
export const createRotate = ({
  store,
  tokens: minter,
  settings,
  now,
  isConfirmationRequired,
  emit,
  warn,
  revocations: { revoke, revokeReused },
}: SessionServiceDependencies): Rotate => {
  /** Moves the session on; null when someone else was first and the token must be judged again. */
  const advance = async (
    session: Session,
    { from, to }: Step,
    { caller, at }: Presentation,
  ): Promise<TokenPair | null> => {
    const rotated: Session = {
      ...session,
      generation: to,
      rotatedAt: at,
      expiresAt: Math.min(at + settings.refreshTtl, session.absoluteExpiresAt),
      ipAddress: caller.ipAddress,
      retryKeyHash: caller.retryKeyHash,
    };
    if (!(await store.rotate({ ...rotated, from, to }))) return null;
    return issueTokenPair(rotated, at, minter, settings);
  };

  const repeat = (session: Session, { caller, at }: Presentation): TokenPair => {
    if (isElsewhere(session, caller)) {
      const { ipAddress, userAgent } = caller;
      emit('session.repeated-elsewhere', {
        ...sessionEvent({ ...session, ipAddress }),
        userAgent,
      });
      warn(
        `Refresh token repeated from elsewhere: ${describeSession(session, session.ipAddress)}, ` +
          `user agent ${JSON.stringify(session.userAgent)}; now from address ` +
          `${ipAddress ?? 'unknown'}, user agent ${JSON.stringify(userAgent)}.`,
      );
    }
    return issueTokenPair(session, at, minter, settings);
  };

  const carryOut = async (
    verdict: Good,
    session: Session,
    presentation: Presentation,
  ): Promise<TokenPair | null> => {
    if (verdict.kind === 'repeat') return repeat(session, presentation);
    if (verdict.kind === 'restore') {
      const { claims, caller } = presentation;
      warn(
        `Refresh token newer than its session: ${describeSession(session, caller.ipAddress)}; ` +
          `generation ${claims.generation} was presented, ${session.generation} is stored. ` +
          'Was the database restored from a backup?',
      );
    }
    return advance(session, verdict, presentation);
  };

  const refusing =
    (verdict: Bad, stored: SessionWithUser | null, { claims, caller }: Presentation): Refuse =>
    async () => {
      if (verdict.kind === 'refuse' || !stored) {
        const reason = verdict.kind === 'refuse' ? verdict.reason : 'unknown-session';
        throw new TokenRefused(reason, claims.sessionId);
      }
      // A revocation is done before the refusal is thrown: no error may undo it.
      if (verdict.kind === 'reuse') {
        await revokeReused(stored.session, claims.generation, caller.ipAddress);
        throw new TokenRefused('reuse-detected', claims.sessionId);
      }
      await revoke(stored.session, verdict.reason);
      throw verdict.reason === 'user-blocked'
        ? new AccountRefused('blocked')
        : new TokenRefused('user-deleted', claims.sessionId);
    };

  /** The pair that a token is good for, or how to refuse it. Refuses nothing yet. */
  const present = async (claims: RefreshClaims, caller: Caller): Promise<TokenPair | Refuse> => {
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
      const stored = await store.find(claims.sessionId);
      const at = now();
      const presented = { ...claims, retryKeyHash: caller.retryKeyHash };
      const verdict = judge(presented, stored, at, settings.leeway);
      const presentation = { claims, caller, at };
      if (!stored || !isGood(verdict)) return refusing(verdict as Bad, stored, presentation);
      try {
        await requireAccount(stored.user, isConfirmationRequired);
      } catch (error) {
        if (!(error instanceof AccountRefused)) throw error;
        return () => Promise.reject(error);
      }
      const pair = await carryOut(verdict, stored.session, presentation);
      if (pair) return pair;
    }
    throw new Error(`Session ${claims.sessionId} changed ${MAXIMUM_ATTEMPTS} times while read`);
  };

  return async (tokens, caller) => {
    const refusals: Refuse[] = [];
    for (const claims of tokens) {
      const result = await present(claims, caller);
      if (typeof result !== 'function') return result;
      refusals.push(result);
    }
    // None is good: each has its consequences, and the first one decides the answer.
    let first: Error | undefined;
    for (const refuse of refusals) {
      const error = await refuse().catch((reason: Error) => reason);
      // A fault of ours is no refusal, whatever the other tokens were.
      if (!(error instanceof TokenRefused || error instanceof AccountRefused)) throw error;
      first ??= error;
    }
    throw first ?? new Error('No refresh token was presented');
  };
};
