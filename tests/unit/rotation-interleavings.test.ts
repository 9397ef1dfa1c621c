import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenRefused } from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import { judge } from '../../src/extensions/users-permissions/refresh-tokens/core/judge';
import type { TokenPair } from '../../src/extensions/users-permissions/refresh-tokens/services/token-pair';
import { ownerOf } from '../helpers/memory-store';
import {
  createSessionFixture,
  LAPTOP,
  LIMITS,
  rotateTimes,
  SECOND,
  type SessionFixture,
} from '../helpers/session-fixture';

const USER = 7;
const RUNS = { numRuns: 300 };
/** A store that rotates in one statement, and one that reads first. */
const STORES = [
  { store: 'with UPDATE … RETURNING', canReturn: true },
  { store: 'without', canReturn: false },
];
const callerCount = fc.integer({ min: 2, max: 8 });

type Call<Result> = () => Promise<Result>;

/**
 * Runs calls in parallel. The scheduler decides in which order store operations begin and their results
 * return, so that every interleaving of a real database can occur.
 */
const race = async <Result>(
  { store }: SessionFixture,
  scheduler: fc.Scheduler,
  calls: readonly Call<Result>[],
): Promise<PromiseSettledResult<Result>[]> => {
  store.delayBy((operation) => scheduler.schedule(Promise.resolve(), operation));
  const settled = await scheduler.waitFor(Promise.allSettled(calls.map((call) => call())));
  store.delayBy(() => Promise.resolve());
  return settled;
};

const rotateBy =
  ({ rotate }: SessionFixture, { refreshToken }: TokenPair): Call<TokenPair> =>
  () =>
    rotate(refreshToken);

const pairsOf = (settled: readonly PromiseSettledResult<unknown>[]): TokenPair[] =>
  settled.flatMap((result) =>
    result.status === 'fulfilled' && result.value ? [result.value as TokenPair] : [],
  );

const refusalsOf = (settled: readonly PromiseSettledResult<unknown>[]): string[] =>
  settled.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (!(result.reason instanceof TokenRefused)) throw result.reason;
    return [result.reason.reason];
  });

const distinctTokens = (pairs: readonly TokenPair[]): string[] => [
  ...new Set(pairs.map(({ refreshToken }) => refreshToken)),
];

const generationOf = ({ tokens, clock }: SessionFixture, refreshToken: string): number =>
  tokens.verifyRefresh(refreshToken, clock.now()).generation;

/** Returns the generations whose token would rotate after the leeway. */
const rotatable = async (
  fixture: SessionFixture,
  pairs: readonly TokenPair[],
): Promise<number[]> => {
  const stored = await fixture.store.find(fixture.row().sessionId);
  const now = fixture.clock.now() + LIMITS.leeway + 1;
  return distinctTokens(pairs)
    .map((token) => fixture.tokens.verifyRefresh(token, now))
    .filter((claims) => judge(claims, stored, now, LIMITS.leeway).kind === 'rotate')
    .map(({ generation }) => generation);
};

const expectAllRefused = async (
  { sessions, rotate }: SessionFixture,
  pairs: readonly TokenPair[],
): Promise<void> => {
  for (const { accessToken, refreshToken } of pairs) {
    await expect(sessions.authenticate(accessToken)).rejects.toThrow(TokenRefused);
    await expect(rotate(refreshToken)).rejects.toThrow(TokenRefused);
  }
};

describe.each(STORES)(
  'parallel refreshes with one token, in any order: $store',
  ({ canReturn }) => {
    it('all receive one identical successor', () =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), callerCount, async (scheduler, count) => {
          const fixture = createSessionFixture({ canReturn });
          const first = await fixture.sessions.start(USER, LAPTOP);
          const before = fixture.row();
          fixture.clock.advance(SECOND);

          const settled = await race(
            fixture,
            scheduler,
            Array(count).fill(rotateBy(fixture, first)),
          );

          const pairs = pairsOf(settled);
          expect(pairs).toHaveLength(count);
          expect(distinctTokens(pairs)).toHaveLength(1);
          expect(fixture.row()).toEqual({
            ...before,
            generation: 1,
            rotatedAt: fixture.clock.now(),
            expiresAt: fixture.clock.now() + LIMITS.refreshTtl,
          });
          expect(await rotatable(fixture, [first, ...pairs])).toEqual([1]);
          for (const { accessToken } of pairs) await fixture.sessions.authenticate(accessToken);
        }),
        RUNS,
      ));

    it('have one winner with a leeway of zero, and the reuse revokes its session, too', () =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), callerCount, async (scheduler, count) => {
          const fixture = createSessionFixture({ canReturn, leeway: 0 });
          const first = await fixture.sessions.start(USER, LAPTOP);

          const settled = await race(
            fixture,
            scheduler,
            Array(count).fill(rotateBy(fixture, first)),
          );

          const pairs = pairsOf(settled);
          expect(pairs).toHaveLength(1);
          expect(refusalsOf(settled)).toHaveLength(count - 1);
          expect(fixture.row()).toMatchObject({ generation: 1, revokedReason: 'reuse-detected' });
          await expectAllRefused(fixture, [first, ...pairs]);
        }),
        RUNS,
      ));

    it('all receive one identical successor after a backup was restored', () =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), callerCount, async (scheduler, count) => {
          const fixture = createSessionFixture({ canReturn });
          const first = await fixture.sessions.start(USER, LAPTOP);
          const backup = fixture.row();
          const newest = (await rotateTimes(fixture, first, 3)).at(-1) ?? first;
          fixture.store.restore(backup);

          const settled = await race(
            fixture,
            scheduler,
            Array(count).fill(rotateBy(fixture, newest)),
          );

          const pairs = pairsOf(settled);
          expect(pairs).toHaveLength(count);
          expect(distinctTokens(pairs)).toHaveLength(1);
          expect(fixture.row()).toMatchObject({ generation: 4, revokedAt: null });
        }),
        RUNS,
      ));
  },
);

describe.each(STORES)(
  'parallel refreshes with any tokens of one session, in any order: $store',
  ({ canReturn }) => {
    const history = fc.integer({ min: 0, max: 4 }).chain((rotations) =>
      fc.record({
        rotations: fc.constant(rotations),
        presented: fc.array(fc.nat(rotations), { minLength: 1, maxLength: 6 }),
        /** The time between the last rotation and the refreshes, in milliseconds. */
        passed: fc.constantFrom(0, LIMITS.leeway, LIMITS.leeway + 1),
        /** A jump of the clock at some time during the refreshes, in milliseconds. */
        jump: fc.constantFrom(0, SECOND, LIMITS.leeway + 1),
      }),
    );

    it('leave one row, one token per generation and the absolute end; an outdated token revokes all', () =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), history, async (scheduler, plan) => {
          const { rotations, presented, passed, jump } = plan;
          const fixture = createSessionFixture({ canReturn });
          const past = await rotateTimes(
            fixture,
            await fixture.sessions.start(USER, LAPTOP),
            rotations,
          );
          const { absoluteExpiresAt } = fixture.row();
          fixture.clock.advance(passed);
          const tick = async (): Promise<undefined> => {
            await scheduler.schedule(Promise.resolve(), 'time passes');
            fixture.clock.advance(jump);
          };

          const settled = await race<TokenPair | undefined>(fixture, scheduler, [
            ...presented.map((generation) => rotateBy(fixture, past[generation] as TokenPair)),
            tick,
          ]);

          const everyPair = [...past, ...pairsOf(settled)];
          const tokens = distinctTokens(everyPair);
          const generations = tokens.map((token) => generationOf(fixture, token));
          // No two tokens of one generation differ.
          expect(new Set(generations).size).toBe(tokens.length);
          // `row()` throws unless exactly one row exists.
          const row = fixture.row();
          expect(row.generation).toBe(Math.max(...generations));
          expect(row.absoluteExpiresAt).toBe(absoluteExpiresAt);

          const isReuse = presented.some(
            (generation) =>
              generation < rotations - 1 ||
              (generation === rotations - 1 && passed > LIMITS.leeway),
          );
          const refusals = refusalsOf(settled);
          if (isReuse || refusals.length > 0) {
            expect(refusals).toContain('reuse-detected');
            expect(row.revokedReason).toBe('reuse-detected');
            expect(fixture.warnings).toHaveLength(1);
            await expectAllRefused(fixture, everyPair);
          } else {
            expect(row.revokedAt).toBeNull();
            expect(await rotatable(fixture, everyPair)).toEqual([row.generation]);
          }
        }),
        { numRuns: 1000 },
      ));
  },
);

describe.each(STORES)(
  'refreshes during the revocation of their session, in any order: $store',
  ({ canReturn }) => {
    const endings = fc.constantFrom('logout', 'logout-all', 'password-changed', 'reuse-detected');

    it('leave no token that is accepted', () =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), callerCount, endings, async (scheduler, count, ending) => {
          const fixture = createSessionFixture({ canReturn });
          const past = await rotateTimes(fixture, await fixture.sessions.start(USER, LAPTOP), 2);
          const [oldest, , newest] = past as [TokenPair, TokenPair, TokenPair];
          fixture.clock.advance(LIMITS.leeway + 1);
          const { sessions, rotate } = fixture;
          const claims = sessions.readRefreshToken(newest.refreshToken);
          const end: Call<unknown> = {
            logout: () => sessions.logout([claims], 'session', LAPTOP.ipAddress),
            'logout-all': () => sessions.logout([claims], 'all', LAPTOP.ipAddress),
            'password-changed': () => sessions.revokeAll([USER], 'password-changed'),
            'reuse-detected': () => rotate(oldest.refreshToken).catch(() => undefined),
          }[ending];

          const settled = await race<unknown>(fixture, scheduler, [
            ...Array<Call<unknown>>(count).fill(rotateBy(fixture, newest)),
            async () => void (await end()),
          ]);

          const pairs = pairsOf(settled);
          expect(distinctTokens(pairs).length).toBeLessThanOrEqual(1);
          // No pair of a rotation that the revocation has prevented.
          for (const { refreshToken } of pairs) {
            expect(generationOf(fixture, refreshToken)).toBe(fixture.row().generation);
          }
          for (const reason of refusalsOf(settled)) expect(reason).toBe('session-revoked');
          expect(fixture.row().revokedReason).toBe(ending);
          await expectAllRefused(fixture, [...past, ...pairs]);
        }),
        RUNS,
      ));
  },
);

describe('parallel logins of one user, in any order', () => {
  it('leave as many live sessions as the limit allows', () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), callerCount, async (scheduler, count) => {
        const fixture = createSessionFixture();
        const { sessions, store, clock } = fixture;
        const login: Call<TokenPair> = () => sessions.start(USER, LAPTOP);

        const settled = await race(fixture, scheduler, Array<typeof login>(count).fill(login));

        expect(pairsOf(settled)).toHaveLength(count);
        const live = await store.listLive(ownerOf(USER), clock.now());
        expect(live).toHaveLength(Math.min(count, LIMITS.sessionLimit));
      }),
      RUNS,
    ));
});
