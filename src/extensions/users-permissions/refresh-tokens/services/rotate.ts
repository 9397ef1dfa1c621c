import { AccountRefused, TokenRefused } from '../core/errors';
import { sessionEvent } from '../core/events';
import { judge, type Verdict } from '../core/judge';
import { idleEndOf, type Session, type SessionWithUser } from '../core/session';
import type { RefreshClaims } from '../core/tokens';
import type { SessionServiceDependencies } from './dependencies';
import { describeSession } from './revoke';
import { requireAccount } from './require-account';
import { issueTokenPair, type TokenPair } from './token-pair';

/** Each lost race means that another request rotated the session. More of them than this are a bug. */
const MAXIMUM_ATTEMPTS = 10;

/** The client that presents a refresh token, as its request describes it. */
export interface Caller {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** SHA-256 of the `Idempotency-Key`; null without one. */
  readonly retryKeyHash: string | null;
  /** Whether the connection is closed by now, so that nobody receives the response. */
  readonly hasLeft: () => boolean;
}

/** A genuine refresh token and its caller. */
interface Presentation {
  readonly claims: RefreshClaims;
  readonly caller: Caller;
}

/** An accepted one, when its pair is issued (milliseconds since the epoch), and the own claims of that. */
interface AcceptedPresentation extends Presentation {
  readonly at: number;
  readonly own: object;
}

type Rotate = (tokens: readonly RefreshClaims[], caller: Caller) => Promise<TokenPair>;
type Change = Extract<Verdict, { kind: 'rotate' | 'restore' }>;
type Accepted = Change | Extract<Verdict, { kind: 'repeat' }>;
type Rejected = Exclude<Verdict, Accepted>;

/** Carries out a rejected verdict: revokes the session if it says so, and throws the error. */
type Refuse = () => Promise<never>;

const isAccepted = (verdict: Verdict): verdict is Accepted =>
  ['rotate', 'restore', 'repeat'].includes(verdict.kind);

/** Whether address and user agent both differ. A new network or an updated browser alone does not count. */
const isElsewhere = (session: Session, { ipAddress, userAgent }: Caller): boolean =>
  ipAddress !== session.ipAddress && userAgent !== session.userAgent;

/** Creates `rotate` of the session service: it judges refresh tokens and carries out the verdicts. */
export const createRotate = ({
  store,
  tokens: tokenService,
  settings,
  now,
  isConfirmationRequired,
  ownClaims,
  emit,
  warn,
  revocations: { revoke, revokeReused },
}: SessionServiceDependencies): Rotate => {
  /** Rotates the session; null when another request was first and the token must be judged again. */
  const advance = async (
    session: Session,
    { from, to }: Change,
    { caller, at, own }: AcceptedPresentation,
  ): Promise<TokenPair | null> => {
    const rotated: Session = {
      ...session,
      generation: to,
      rotatedAt: at,
      expiresAt: idleEndOf(at, settings.refreshTtl, session.absoluteExpiresAt),
      ipAddress: caller.ipAddress,
      retryKeyHash: caller.retryKeyHash,
    };
    if (!(await store.rotate({ ...rotated, from, to }))) return null;
    return issueTokenPair(rotated, at, tokenService, settings, own);
  };

  const repeat = (session: Session, { caller, at, own }: AcceptedPresentation): TokenPair => {
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
    return issueTokenPair(session, at, tokenService, settings, own);
  };

  const carryOut = async (
    verdict: Accepted,
    session: Session,
    presentation: AcceptedPresentation,
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

  const createRefusal =
    (verdict: Rejected, stored: SessionWithUser | null, { claims, caller }: Presentation): Refuse =>
    async () => {
      if (verdict.kind === 'refuse' || !stored) {
        const reason = verdict.kind === 'refuse' ? verdict.reason : 'unknown-session';
        throw new TokenRefused(reason, claims.sessionId);
      }
      // The revocation is complete before the error is thrown, so that the error cannot undo it.
      if (verdict.kind === 'reuse') {
        // An honest client that gave up waiting has rotated with its next attempt, perhaps more than the
        // leeway ago. A thief who does not wait for the response gains nothing.
        if (caller.hasLeft()) throw new TokenRefused('caller-left', claims.sessionId);
        await revokeReused(stored.session, claims.generation, caller.ipAddress);
        throw new TokenRefused('reuse-detected', claims.sessionId);
      }
      await revoke(stored.session, verdict.reason);
      throw verdict.reason === 'user-blocked'
        ? new AccountRefused('blocked')
        : new TokenRefused('user-deleted', claims.sessionId);
    };

  /** The most frequent case: nothing has to be decided, and one statement carries it out. */
  const rotateCurrent = async (
    { sessionId, generation, isExpired }: RefreshClaims,
    { ipAddress, retryKeyHash }: Caller,
  ): Promise<TokenPair | null> => {
    // Own claims come first, before the rotation is stored.
    if (isExpired || ownClaims) return null;
    const { refreshTtl, leeway } = settings;
    const at = now();
    const rotation = { sessionId, generation, at, refreshTtl, leeway, ipAddress, retryKeyHash };
    const session = await store.rotateCurrent(rotation);
    return session && issueTokenPair(session, at, tokenService, settings, {});
  };

  /** Returns the new pair of one token, or the function that refuses it. */
  const rotateOne = async (claims: RefreshClaims, caller: Caller): Promise<TokenPair | Refuse> => {
    const current = await rotateCurrent(claims, caller);
    if (current) return current;
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
      const stored = await store.find(claims.sessionId);
      const presented = { ...claims, retryKeyHash: caller.retryKeyHash };
      const verdict = judge(presented, stored, now(), settings.leeway);
      const presentation = { claims, caller };
      if (!stored || !isAccepted(verdict)) {
        return createRefusal(verdict as Rejected, stored, presentation);
      }
      try {
        await requireAccount(stored.user, isConfirmationRequired);
      } catch (error) {
        if (!(error instanceof AccountRefused)) throw error;
        return () => Promise.reject(error);
      }
      // Before the rotation is stored: when it fails, the client can send the same token again.
      const own = (await ownClaims?.(stored.session)) ?? {};
      // Not the time of the verdict: after slow own claims the leeway would be over too soon.
      const accepted = { ...presentation, at: now(), own };
      const pair = await carryOut(verdict, stored.session, accepted);
      if (pair) return pair;
    }
    throw new Error(
      `Session ${claims.sessionId} changed ${MAXIMUM_ATTEMPTS} times between read and update`,
    );
  };

  return async (tokens, caller) => {
    const refusals: Refuse[] = [];
    for (const claims of tokens) {
      const result = await rotateOne(claims, caller);
      if (typeof result !== 'function') return result;
      refusals.push(result);
    }
    // No token is good: all refusals are carried out, and the first one is thrown.
    let first: Error | undefined;
    for (const refuse of refusals) {
      const error = await refuse().catch((reason: Error) => reason);
      // Any other error, such as a database error, goes before the refusals.
      if (!(error instanceof TokenRefused || error instanceof AccountRefused)) throw error;
      first ??= error;
    }
    throw first ?? new Error('No refresh token was presented');
  };
};
