import type {
  SessionEvent,
  SessionEventName,
} from '../../src/extensions/users-permissions/refresh-tokens/core/events';
import type { Session } from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import {
  createTokenService,
  type TokenService,
} from '../../src/extensions/users-permissions/refresh-tokens/core/tokens';
import { createRevocationService } from '../../src/extensions/users-permissions/refresh-tokens/services/revoke';
import type { SessionServiceDependencies } from '../../src/extensions/users-permissions/refresh-tokens/services/dependencies';
import type { Caller } from '../../src/extensions/users-permissions/refresh-tokens/services/rotate';
import {
  createSessionService,
  type Client,
  type SessionService,
} from '../../src/extensions/users-permissions/refresh-tokens/services/sessions';
import type { TokenPair } from '../../src/extensions/users-permissions/refresh-tokens/services/token-pair';
import { createTestClock, type TestClock } from './clock';
import { createMemoryStore, type MemoryStore } from './memory-store';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A whole second, so that JWT times and row times are the same instants. */
export const START = Date.UTC(2030, 0, 1);

/** Short enough that a test may live through all of them. Milliseconds. */
export const LIMITS = {
  accessTtl: 6 * MINUTE,
  refreshTtl: HOUR,
  sessionTtl: 4 * HOUR,
  browserSessionTtl: 2 * HOUR,
  leeway: 10 * SECOND,
  sessionLimit: 3,
} as const satisfies SessionServiceDependencies['settings'];

export const LAPTOP: Client = {
  ipAddress: '192.0.2.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
  deviceName: 'Firefox on Linux',
};

/** The session service with everything around it in the hands of the test. */
export interface SessionFixture {
  readonly clock: TestClock;
  readonly store: MemoryStore;
  readonly tokens: TokenService;
  readonly sessions: SessionService;
  /** What was announced, in order. */
  readonly announced: readonly { readonly name: SessionEventName; readonly event: SessionEvent }[];
  readonly warnings: readonly string[];
  /** Presents a refresh token, as a refresh request of the laptop does, but for what is said. */
  rotate(refreshToken: unknown, caller?: Partial<Caller>): Promise<TokenPair>;
  /** The only row there is. */
  row(): Session;
}

/** @param overrides settings, or the question whether confirmation is required */
export const createSessionFixture = (
  overrides: Partial<SessionServiceDependencies['settings']> &
    Partial<Pick<SessionServiceDependencies, 'isConfirmationRequired'>> = {},
): SessionFixture => {
  const { isConfirmationRequired = () => Promise.resolve(false), ...limits } = overrides;
  const clock = createTestClock(START);
  const store = createMemoryStore();
  const tokens = createTokenService(['access-secret '.repeat(3)], ['refresh-secret '.repeat(3)]);
  const announced: { name: SessionEventName; event: SessionEvent }[] = [];
  const warnings: string[] = [];

  const settings = { ...LIMITS, ...limits };
  const around = {
    store,
    settings,
    now: clock.now,
    emit: (name: SessionEventName, event: SessionEvent) => void announced.push({ name, event }),
    warn: (message: string) => void warnings.push(message),
  };
  const sessions = createSessionService({
    ...around,
    tokens,
    isConfirmationRequired,
    revocations: createRevocationService(around),
  });

  return {
    clock,
    store,
    tokens,
    sessions,
    announced,
    warnings,
    rotate: async (refreshToken, caller = {}) =>
      sessions.rotate([sessions.readRefreshToken(refreshToken)], {
        ...LAPTOP,
        retryKeyHash: null,
        ...caller,
      }),
    row: () => {
      const [row, ...others] = store.rows();
      if (!row || others.length > 0)
        throw new Error(`Expected one row, not ${store.rows().length}`);
      return row;
    },
  };
};

/**
 * Rotates the newest token so many times, each time after the leeway.
 *
 * @returns every pair, the given one first: a pair's index is its generation
 */
export const rotateTimes = async (
  { rotate, clock }: SessionFixture,
  first: TokenPair,
  times: number,
): Promise<TokenPair[]> => {
  const pairs = [first];
  let newest = first;
  for (let count = 0; count < times; count += 1) {
    clock.advance(LIMITS.leeway + SECOND);
    newest = await rotate(newest.refreshToken);
    pairs.push(newest);
  }
  return pairs;
};
