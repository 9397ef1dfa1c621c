import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccountRefused,
  TokenRefused,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import { createSessionFixture, LAPTOP, LIMITS, SECOND } from '../helpers/session-fixture';

const USER = 7;
const { leeway } = LIMITS;

/** Refreshes with a token. Returns the new refresh token, or null when it is refused. */
const present = async (
  { rotate }: ReturnType<typeof createSessionFixture>,
  token: string,
  retryKeyHash: string | null = null,
): Promise<string | null> => {
  try {
    return (await rotate(token, { retryKeyHash })).refreshToken;
  } catch (error) {
    if (error instanceof TokenRefused || error instanceof AccountRefused) return null;
    throw error;
  }
};

/** Creates a queue of events that run in the order of their time. An event may add later ones. */
const createTimeline = (fixture: ReturnType<typeof createSessionFixture>) => {
  const events: { at: number; run: () => Promise<void> }[] = [];
  return {
    /** @param delay milliseconds from now */
    after: (delay: number, run: () => Promise<void>) =>
      void events.push({ at: fixture.clock.now() + delay, run }),
    async run() {
      for (let count = 0; events.length > 0; count += 1) {
        if (count > 10_000) throw new Error('The timeline does not end');
        events.sort((one, other) => one.at - other.at);
        const next = events.shift();
        if (!next) return;
        fixture.clock.advance(Math.max(0, next.at - fixture.clock.now()));
        await next.run();
      }
    },
  };
};

const start = async (settings: { leeway?: number } = {}) => {
  const fixture = createSessionFixture(settings);
  const { refreshToken } = await fixture.sessions.start(USER, LAPTOP);
  return { fixture, token: refreshToken, timeline: createTimeline(fixture) };
};

const QUARTER = leeway / 4;

/** One refresh of a client. Times are milliseconds. */
const refresh = fc.record({
  /** The time since the client's refresh before. */
  pause: fc.nat(4 * leeway),
  requestDelay: fc.nat(QUARTER),
  responseDelay: fc.nat(QUARTER),
  fate: fc.constantFrom('arrives', 'arrives', 'twice', 'response lost', 'request lost'),
});
const clients = fc.array(fc.array(refresh, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 4,
});

describe('clients that share a token without coordination', () => {
  it('are never refused, even when messages are delayed, doubled, reordered or lost', () =>
    fc.assert(
      fc.asyncProperty(clients, async (plans) => {
        const { fixture, token, timeline } = await start();
        const generationOf = (of: string) => fixture.tokens.verifyRefresh(of, 0).generation;
        // The storage that all clients share, as tabs do.
        let shared = token;
        const results: (string | null)[] = [];
        const store = (result: string | null): void => {
          if (result !== null && generationOf(result) > generationOf(shared)) shared = result;
        };

        for (const plan of plans) {
          let from = 0;
          for (const { pause, requestDelay, responseDelay, fate } of plan) {
            from += pause;
            timeline.after(from, async () => {
              const sent = shared;
              const deliver = (delay: number, isResponseDelivered: boolean) =>
                timeline.after(delay, async () => {
                  const result = await present(fixture, sent);
                  results.push(result);
                  if (isResponseDelivered) timeline.after(responseDelay, async () => store(result));
                });
              if (fate !== 'request lost') deliver(requestDelay, fate !== 'response lost');
              // The network doubles the request, or the client retries after a loss.
              if (fate !== 'arrives') deliver(requestDelay + QUARTER, true);
            });
          }
        }
        await timeline.run();

        expect(results).not.toContain(null);
        expect(fixture.row().revokedAt).toBeNull();
        expect(fixture.warnings).toEqual([]);
      }),
      { numRuns: 500 },
    ));

  it('rotate the session at most once per leeway, and every token that was current within it is accepted', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ passed: fc.nat(2 * leeway), pick: fc.nat(5) }), { maxLength: 30 }),
        async (steps) => {
          const { fixture, token } = await start();
          /** Tokens by generation, and when each was current. Times in milliseconds. */
          const known = [{ token, until: Infinity, begun: fixture.clock.now() }];
          for (const { passed, pick } of steps) {
            fixture.clock.advance(passed);
            const now = fixture.clock.now();
            const recent = known.filter(({ until }) => now - until <= leeway);
            const chosen = recent[pick % recent.length];
            if (!chosen) throw new Error('No token is current');

            const result = await present(fixture, chosen.token);

            const newest = known.at(-1);
            expect(result).not.toBeNull();
            if (!newest || result === null || result === newest.token) continue;
            if (known.length > 1) expect(now - newest.begun).toBeGreaterThan(leeway);
            newest.until = now;
            known.push({ token: result, until: Infinity, begun: now });
          }
          expect(fixture.row()).toMatchObject({ generation: known.length - 1, revokedAt: null });
        },
      ),
      { numRuns: 500 },
    ));
});

describe('a client that sends a key and retries with it', () => {
  const lateness = fc.integer({ min: 0, max: LIMITS.refreshTtl - SECOND });

  it.each([leeway, 0])(
    'is never refused while its session is live, however late the retry: leeway %i ms',
    async (chosen) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(lateness, { maxLength: 3 }), { minLength: 1, maxLength: 6 }),
          async (refreshes) => {
            const { fixture, token } = await start({ leeway: chosen });
            let current = token;
            for (const [index, retries] of refreshes.entries()) {
              const key = `key-${index}`;
              fixture.clock.advance(chosen + 1);
              let successor: string | null = null;
              // All responses but the last one are lost.
              for (const delay of [0, ...retries]) {
                fixture.clock.advance(delay);
                if (fixture.clock.now() >= fixture.row().expiresAt) return;
                const repeated = await present(fixture, current, key);
                expect(repeated).not.toBeNull();
                if (successor !== null) expect(repeated).toBe(successor);
                successor = repeated;
              }
              if (successor !== null) current = successor;
            }
            expect(fixture.row()).toMatchObject({ revokedAt: null });
          },
        ),
        // The last refresh of the example comes within the last second of the session.
        { numRuns: 300, examples: [[[[445_520], [3_589_477], []]]] },
      ),
  );

  it('is refused when another client has rotated since, and the session is revoked', async () => {
    const { fixture, token } = await start();
    const first = await present(fixture, token, 'mine');
    fixture.clock.advance(leeway + 1);
    await present(fixture, first ?? '', 'theirs');

    expect(await present(fixture, token, 'mine')).toBeNull();
    expect(fixture.row().revokedReason).toBe('reuse-detected');
  });
});

describe('two parties that use one token and share no key', () => {
  const use = fc.record({ party: fc.constantFrom(0, 1), passed: fc.nat(3 * leeway) });

  it('are detected at the latest at the second use after the leeway', () =>
    fc.assert(
      fc.asyncProperty(fc.array(use, { maxLength: 8 }), fc.boolean(), async (uses, isKeyed) => {
        const { fixture, token } = await start();
        const holds = [token, token];
        const keys = isKeyed ? ['owner', 'thief'] : [null, null];
        const act = async (party: number): Promise<boolean> => {
          const result = await present(fixture, holds[party] ?? '', keys[party] ?? null);
          if (result !== null) holds[party] = result;
          return result !== null;
        };
        for (const { party, passed } of uses) {
          fixture.clock.advance(passed);
          if (!(await act(party))) break;
        }

        // From now on every use comes later than a leeway after the one before.
        const outcomes: boolean[] = [];
        for (const party of [0, 1, 0, 1]) {
          fixture.clock.advance(leeway + 1);
          outcomes.push(fixture.row().revokedAt === null && (await act(party)));
        }

        expect(outcomes.slice(1)).toEqual([false, false, false]);
        expect(fixture.row().revokedReason).toBe('reuse-detected');
      }),
      { numRuns: 500 },
    ));
});
