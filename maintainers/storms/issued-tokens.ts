import { claimsOf } from '../../tests/helpers/users';

/** Records every refresh token that the clients of a test have received. */
export interface IssuedTokens {
  add(refreshToken: string): void;
  /**
   * Returns `sessionId generation` for each generation of which two different tokens were issued. Always
   * empty, unless a generation has had two successors.
   */
  forks(): string[];
  /** Returns the newest issued generation by session id. */
  newestGenerations(): Map<string, number>;
}

export const createIssuedTokens = (): IssuedTokens => {
  const tokens = new Map<string, Set<string>>();
  const newest = new Map<string, number>();
  return {
    add(refreshToken) {
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
