import { claimsOf } from '../../tests/helpers/users';

/** Every refresh token that any client was ever handed, by session and generation. */
export interface Ledger {
  note(refreshToken: string): void;
  /** Generations of which two different tokens were handed out: never, or the chain has forked. */
  forks(): string[];
  /** The newest generation that was handed out, for each session. */
  newestGenerations(): Map<string, number>;
}

export const createLedger = (): Ledger => {
  const tokens = new Map<string, Set<string>>();
  const newest = new Map<string, number>();
  return {
    note(refreshToken) {
      const { sessionId, generation } = claimsOf(refreshToken) as {
        sessionId: string;
        generation: number;
      };
      const key = `${sessionId} ${generation}`;
      const known = tokens.get(key) ?? new Set();
      tokens.set(key, known.add(refreshToken));
      newest.set(sessionId, Math.max(generation, newest.get(sessionId) ?? 0));
    },
    forks: () => [...tokens].filter(([, { size }]) => size > 1).map(([key]) => key),
    newestGenerations: () => newest,
  };
};
