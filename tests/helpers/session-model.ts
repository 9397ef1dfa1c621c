import { HOUR, LIMITS, SECOND, START } from './session-fixture';

export type Account = 'active' | 'blocked' | 'deleted';

/** The state of a session in the model. Times in milliseconds since the epoch. */
export interface ModelSession {
  readonly userId: number;
  readonly loginAt: number;
  /** When each generation began; the last one is current. */
  readonly generations: number[];
  isRevoked: boolean;
}

/** The expected result of a refresh. */
export type Outcome = 'next' | 'same' | 'refused' | 'blocked';

/** The rules of design section 5, without tokens, store or races. */
export class SessionModel {
  now = START;
  readonly sessions: ModelSession[] = [];
  private readonly accounts = new Map<number, Account>();

  accountOf(userId: number): Account {
    return this.accounts.get(userId) ?? 'active';
  }

  setAccount(userId: number, account: Account): void {
    this.accounts.set(userId, account);
  }

  /** Starts a session. Returns whether the account allows it. */
  start(userId: number): boolean {
    if (this.accountOf(userId) !== 'active') return false;
    this.sessions.push({
      userId,
      loginAt: this.now,
      generations: [this.now],
      isRevoked: false,
    });
    const live = this.sessions.filter(
      (session) => session.userId === userId && this.isLive(session),
    );
    for (const oldest of live.slice(0, -LIMITS.sessionLimit)) oldest.isRevoked = true;
    return true;
  }

  /** Returns when the refresh token of a generation expires. */
  expiryOfToken({ generations, loginAt }: ModelSession, generation: number): number {
    const begin = generations[generation] ?? Number.NaN;
    return Math.min(begin + LIMITS.refreshTtl, loginAt + LIMITS.sessionTtl);
  }

  isLive(session: ModelSession): boolean {
    return (
      !session.isRevoked && this.now < this.expiryOfToken(session, session.generations.length - 1)
    );
  }

  rotate(session: ModelSession, generation: number): Outcome {
    if (!this.isLive(session)) return 'refused';
    const account = this.accountOf(session.userId);
    if (account !== 'active') {
      session.isRevoked = true;
      return account === 'blocked' ? 'blocked' : 'refused';
    }
    const current = session.generations.length - 1;
    const rotatedAt = session.generations[current] ?? Number.NaN;
    const isRecent = current > 0 && this.now <= rotatedAt + LIMITS.leeway;
    if (isRecent && generation >= current - 1) return 'same';
    if (generation === current) {
      session.generations.push(this.now);
      return 'next';
    }
    session.isRevoked = true;
    return 'refused';
  }

  logout(session: ModelSession, generation: number, scope: 'session' | 'all'): void {
    if (!this.isLive(session)) return;
    const current = session.generations.length - 1;
    const rotatedAt = session.generations[current] ?? Number.NaN;
    const isWithinLeeway = generation === current - 1 && this.now <= rotatedAt + LIMITS.leeway;
    const mayEndAll = generation === current || isWithinLeeway;
    if (scope === 'session' || !mayEndAll) session.isRevoked = true;
    else this.revokeAll(session.userId);
  }

  revokeAll(userId: number): void {
    for (const session of this.sessions) {
      if (session.userId === userId) session.isRevoked = true;
    }
  }
}

/** Steps of the clock that reach just before, at and after the leeway, in milliseconds. */
export const SHORT_CLOCK_MOVES = [
  SECOND,
  LIMITS.leeway - SECOND,
  LIMITS.leeway,
  LIMITS.leeway + SECOND,
] as const;

/** Steps that reach every limit. */
export const CLOCK_MOVES = [
  ...SHORT_CLOCK_MOVES,
  LIMITS.accessTtl,
  LIMITS.refreshTtl - SECOND,
  LIMITS.refreshTtl,
  HOUR / 2,
] as const;
