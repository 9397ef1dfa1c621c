import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccountRefused,
  TokenRefused,
} from '../../src/extensions/users-permissions/refresh-tokens/core/errors';
import { createSessionFixture, LAPTOP, LIMITS, SECOND } from '../helpers/session-fixture';
import { settingsRefusalOf, requiredVariables } from '../helpers/settings';

const USER = 7;
const { leeway } = LIMITS;

/** What became of a refresh: the token that it yielded, or null where it was refused. */
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

/** Runs from the earliest event to the latest; an event may add later ones. Times in milliseconds. */
const createTimeline = (fixture: ReturnType<typeof createSessionFixture>) => {
  const events: { at: number; run: () => Promise<void> }[] = [];
  return {
    after: (delay: number, run: () => Promise<void>) =>
      void events.push({ at: fixture.clock.now() + delay, run }),
    async run() {
      for (let count = 0; events.length > 0; count += 1) {
        if (count > 10_000) throw new Error('The story does not end');
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

/** A message: when it is sent after the one before, how long it and its answer take, and its fate. */
const message = fc.record({
  pause: fc.nat(4 * leeway),
  delay: fc.nat(QUARTER),
  answerDelay: fc.nat(QUARTER),
  fate: fc.constantFrom('arrives', 'arrives', 'twice', 'answer lost', 'lost'),
});
const clients = fc.array(fc.array(message, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 4,
});

describe('clients that share a token and take no turns', () => {
  it('are never refused, whatever happens to their messages', () =>
    fc.assert(
      fc.asyncProperty(clients, async (plans) => {
        const { fixture, token, timeline } = await start();
        const generationOf = (of: string) => fixture.tokens.verifyRefresh(of, 0).generation;
        // What all of them read and write, as tabs do. A message that is late reads what is old.
        let shared = token;
        const answers: (string | null)[] = [];
        const store = (answer: string | null): void => {
          if (answer !== null && generationOf(answer) > generationOf(shared)) shared = answer;
        };

        for (const plan of plans) {
          let from = 0;
          for (const { pause, delay, answerDelay, fate } of plan) {
            from += pause;
            timeline.after(from, async () => {
              const mine = shared;
              const deliver = (at: number, isStored: boolean) =>
                timeline.after(at, async () => {
                  const answer = await present(fixture, mine);
                  answers.push(answer);
                  if (isStored) timeline.after(answerDelay, async () => store(answer));
                });
              if (fate !== 'lost') deliver(delay, fate !== 'answer lost');
              // A copy that the network made, or the retry of a client that has heard nothing.
              if (fate !== 'arrives') deliver(delay + QUARTER, true);
            });
          }
        }
        await timeline.run();

        expect(answers).not.toContain(null);
        expect(fixture.row().revokedAt).toBeNull();
        expect(fixture.warnings).toEqual([]);
      }),
      { numRuns: 500 },
    ));

  it('rotate at most once per leeway, and a token that was current within it still counts', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ passed: fc.nat(2 * leeway), pick: fc.nat(5) }), { maxLength: 30 }),
        async (steps) => {
          const { fixture, token } = await start();
          /** Tokens by generation, with the moment from which they were no longer current. */
          const known = [{ token, until: Infinity, begun: fixture.clock.now() }];
          for (const { passed, pick } of steps) {
            fixture.clock.advance(passed);
            const now = fixture.clock.now();
            const recent = known.filter(({ until }) => now - until <= leeway);
            const chosen = recent[pick % recent.length];
            if (!chosen) throw new Error('No token is current');

            const answer = await present(fixture, chosen.token);

            const newest = known.at(-1);
            expect(answer).not.toBeNull();
            if (!newest || answer === null || answer === newest.token) continue;
            if (known.length > 1) expect(now - newest.begun).toBeGreaterThan(leeway);
            newest.until = now;
            known.push({ token: answer, until: Infinity, begun: now });
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
    'is never refused while its session lives, however late: leeway %i',
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
              let answer: string | null = null;
              // Every answer but the last one is lost.
              for (const late of [0, ...retries]) {
                fixture.clock.advance(late);
                if (fixture.clock.now() >= fixture.row().expiresAt) return;
                const repeated = await present(fixture, current, key);
                expect(repeated).not.toBeNull();
                if (answer !== null) expect(repeated).toBe(answer);
                answer = repeated;
              }
              if (answer !== null) current = answer;
            }
            expect(fixture.row()).toMatchObject({ revokedAt: null });
          },
        ),
        { numRuns: 300 },
      ),
  );

  it('is found out where somebody else has rotated in between', async () => {
    const { fixture, token } = await start();
    const first = await present(fixture, token, 'mine');
    fixture.clock.advance(leeway + 1);
    await present(fixture, first ?? '', 'theirs');

    expect(await present(fixture, token, 'mine')).toBeNull();
    expect(fixture.row().revokedReason).toBe('reuse-detected');
  });
});

describe('two parties with one token, who share no key', () => {
  const use = fc.record({ party: fc.constantFrom(0, 1), passed: fc.nat(3 * leeway) });

  it('are found out at the latest at the second use after the leeway', () =>
    fc.assert(
      fc.asyncProperty(fc.array(use, { maxLength: 8 }), fc.boolean(), async (uses, isKeyed) => {
        const { fixture, token } = await start();
        const holds = [token, token];
        const keys = isKeyed ? ['owner', 'thief'] : [null, null];
        const act = async (party: number): Promise<boolean> => {
          const answer = await present(fixture, holds[party] ?? '', keys[party] ?? null);
          if (answer !== null) holds[party] = answer;
          return answer !== null;
        };
        for (const { party, passed } of uses) {
          fixture.clock.advance(passed);
          if (!(await act(party))) break;
        }

        // From now on both pause longer than the leeway between any two uses.
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

it.each([
  [{ REFRESH_TOKEN_EXPIRES: '400s', REFRESH_TOKEN_LEEWAY: '101s' }, 'a quarter'],
  [{ REFRESH_TOKEN_LEEWAY: '301s' }, '5m'],
])('the settings refuse %o: a leeway above %s', (changes, limit) => {
  const { problems } = settingsRefusalOf({
    ...requiredVariables,
    JWT_SECRET_EXPIRES: '60s',
    ...changes,
  });

  expect(problems).toEqual([
    { variable: 'REFRESH_TOKEN_LEEWAY', message: expect.stringContaining(limit) as string },
  ]);
});
