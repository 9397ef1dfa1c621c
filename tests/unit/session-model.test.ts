import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccountRefused,
  TokenRefused,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import type { TokenPair } from '../../src/extensions/users-permissions/refresh-tokens/services/token-pair';
import {
  CLOCK_MOVES,
  SHORT_CLOCK_MOVES,
  SessionModel,
  type Account,
  type ModelSession,
  type Outcome,
} from '../helpers/session-model';
import {
  createSessionFixture,
  LAPTOP,
  LIMITS,
  type SessionFixture,
} from '../helpers/session-fixture';

const USERS = [1, 2] as const;

/** A session of the service under test, and its token pairs by generation. */
interface RealSession {
  readonly sessionId: string;
  readonly pairs: TokenPair[];
}

interface Real {
  readonly fixture: SessionFixture;
  readonly sessions: RealSession[];
}

type Command = fc.AsyncCommand<SessionModel, Real>;

const isAccepted = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    (error: unknown) => {
      if (error instanceof TokenRefused) return false;
      throw error;
    },
  );

const claimsOrNull = <Claims>(read: () => Claims): Claims | null => {
  try {
    return read();
  } catch (error) {
    if (error instanceof TokenRefused) return null;
    throw error;
  }
};

const expectInvariants = async (
  model: SessionModel,
  { fixture, sessions }: Real,
): Promise<void> => {
  const rows = new Map(fixture.store.rows().map((row) => [row.sessionId, row]));
  expect(rows.size).toBe(model.sessions.length);

  for (const [index, { sessionId, pairs }] of sessions.entries()) {
    const expected = model.sessions[index] as ModelSession;
    const isLive = model.isLive(expected);
    expect(rows.get(sessionId)).toMatchObject({
      generation: expected.generations.length - 1,
      absoluteExpiresAt: expected.loginAt + LIMITS.sessionTtl,
      revokedAt: expected.isRevoked ? (expect.any(Number) as number) : null,
    });

    const newest = pairs.at(-1) as TokenPair;
    const accessEnds = fixture.tokens.verifyAccess(newest.accessToken, 0).exp * 1000;
    expect(await isAccepted(fixture.sessions.authenticate(newest.accessToken))).toBe(
      isLive && fixture.clock.now() < accessEnds && model.accountOf(expected.userId) !== 'deleted',
    );
    if (isLive) continue;
    for (const { accessToken, refreshToken } of pairs) {
      expect(await isAccepted(fixture.sessions.authenticate(accessToken))).toBe(false);
      expect(await isAccepted(fixture.rotate(refreshToken))).toBe(false);
    }
  }
};

const command = (
  name: string,
  run: (model: SessionModel, real: Real) => Promise<void>,
  check: (model: Readonly<SessionModel>) => boolean = () => true,
): Command => ({
  check,
  run: async (model, real) => {
    await run(model, real);
    await expectInvariants(model, real);
  },
  toString: () => name,
});

/** Creates a command about one token of one session. `pick` and `age` count back: 0 is the newest. */
const tokenCommand = (
  name: string,
  { pick, age }: { pick: number; age: number },
  run: (
    model: SessionModel,
    real: Real,
    target: { expected: ModelSession; actual: RealSession; generation: number },
  ) => Promise<void>,
): Command =>
  command(
    `${name} (session ${pick}, age ${age})`,
    async (model, real) => {
      const index = model.sessions.length - 1 - (pick % model.sessions.length);
      const expected = model.sessions[index] as ModelSession;
      const actual = real.sessions[index] as RealSession;
      const generation = Math.max(0, expected.generations.length - 1 - age);
      await run(model, real, { expected, actual, generation });
    },
    ({ sessions }) => sessions.length > 0,
  );

const start = (userId: number): Command =>
  command(`start for ${userId}`, async (model, { fixture, sessions }) => {
    const rows = fixture.store.rows().length;
    if (!model.start(userId)) {
      await expect(fixture.sessions.start(userId, LAPTOP)).rejects.toThrow();
      expect(fixture.store.rows()).toHaveLength(rows);
      return;
    }
    const pair = await fixture.sessions.start(userId, LAPTOP);
    const sessionId = fixture.store.rows().at(-1)?.sessionId ?? '';
    sessions.push({ sessionId, pairs: [pair] });
  });

const outcomeOf = async (
  rotation: Promise<TokenPair>,
  { pairs }: RealSession,
): Promise<Outcome> => {
  try {
    const pair = await rotation;
    if (pair.refreshToken === pairs.at(-1)?.refreshToken) return 'same';
    pairs.push(pair);
    return 'next';
  } catch (error) {
    if (error instanceof TokenRefused) return 'refused';
    if (error instanceof AccountRefused && error.reason === 'blocked') return 'blocked';
    throw error;
  }
};

const rotate = (target: { pick: number; age: number }): Command =>
  tokenCommand('rotate', target, async (model, { fixture }, { expected, actual, generation }) => {
    const presented = actual.pairs[generation]?.refreshToken;
    const outcome = await outcomeOf(fixture.rotate(presented), actual);
    expect(outcome).toBe(model.rotate(expected, generation));
  });

const logout = (target: { pick: number; age: number }, scope: 'session' | 'all'): Command =>
  tokenCommand(`logout ${scope}`, target, async (model, { fixture }, found) => {
    const { expected, actual, generation } = found;
    model.logout(expected, generation, scope);
    const { refreshToken } = actual.pairs[generation] ?? {};
    const claims = claimsOrNull(() => fixture.sessions.readRefreshToken(refreshToken));
    if (claims) await fixture.sessions.logout([claims], scope, LAPTOP.ipAddress);
  });

const revokeAll = (userId: number): Command =>
  command(`revoke all of ${userId}`, async (model, { fixture }) => {
    // The sessions of an account that is gone belong to nobody: they are refused, and purged.
    if (model.accountOf(userId) !== 'deleted') model.revokeAll(userId);
    await fixture.sessions.revokeAll([userId], 'revoked-by-admin');
  });

const setAccount = (userId: number, account: Account): Command =>
  command(`${userId} becomes ${account}`, async (model, { fixture }) => {
    model.setAccount(userId, account);
    fixture.store.setAccount(
      userId,
      account === 'deleted'
        ? null
        : { blocked: account === 'blocked', confirmed: true, hasRole: true },
    );
  });

const advance = (milliseconds: number): Command =>
  command(`${milliseconds / 1000} s pass`, async (model, { fixture }) => {
    model.now += milliseconds;
    fixture.clock.advance(milliseconds);
  });

const user = fc.constantFrom(...USERS);
const scope = fc.constantFrom('session' as const, 'all' as const);
// Fast-check picks repeated values more often, so that most sequences keep some sessions live.
const target = fc.record({
  pick: fc.constantFrom(0, 0, 0, 1, 2, 3),
  age: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 1, 2, 5),
});
const anyRotation = target.map(rotate);
const anyStart = user.map(start);

const sequences = fc.commands(
  [
    ...[anyStart, anyStart],
    ...[anyRotation, anyRotation, anyRotation, anyRotation, anyRotation, anyRotation],
    fc.constantFrom(...SHORT_CLOCK_MOVES).map(advance),
    fc.constantFrom(...CLOCK_MOVES).map(advance),
    fc.tuple(target, scope).map((args) => logout(...args)),
    user.map(revokeAll),
    fc
      .tuple(user, fc.constantFrom<Account>('active', 'active', 'blocked', 'deleted'))
      .map((args) => setAccount(...args)),
  ],
  { maxCommands: 50, size: 'max' },
);

describe('the session service', () => {
  it.each([true, false])(
    'behaves like the model for every sequence of commands, UPDATE … RETURNING: %s',
    (canReturn) =>
      fc.assert(
        fc.asyncProperty(sequences, async (commands) => {
          const setup = () => {
            const real: Real = { fixture: createSessionFixture({ canReturn }), sessions: [] };
            return { model: new SessionModel(), real };
          };
          await fc.asyncModelRun(setup, commands);
        }),
        { numRuns: 120 },
      ),
  );
});
