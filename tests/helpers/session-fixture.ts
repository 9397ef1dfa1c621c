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

/** A whole second, so that the times of a JWT and of a row are equal. */
export const START = Date.UTC(2030, 0, 1);

/** Short limits, so that a test can reach each of them. In milliseconds. */
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

/** The session service on a store in memory, with a clock that tests move. */
export interface SessionFixture {
  readonly clock: TestClock;
  readonly store: MemoryStore;
  readonly tokens: TokenService;
  readonly sessions: SessionService;
  /** All events, in their order. */
  readonly emitted: readonly { readonly name: SessionEventName; readonly event: SessionEvent }[];
  readonly warnings: readonly string[];
  /** Rotates a refresh token, from the laptop unless `caller` overrides that. */
  rotate(refreshToken: unknown, caller?: Partial<Caller>): Promise<TokenPair>;
  /** Returns the row. Throws unless there is exactly one. */
  row(): Session;
}

/** @param overrides settings, whether confirmation is required, own claims, or a store without `UPDATE … RETURNING` */
export const createSessionFixture = (
  overrides: Partial<SessionServiceDependencies['settings']> &
    Partial<Pick<SessionServiceDependencies, 'isConfirmationRequired' | 'ownClaims'>> & {
      readonly canReturn?: boolean;
    } = {},
): SessionFixture => {
  const {
    isConfirmationRequired = () => Promise.resolve(false),
    ownClaims,
    canReturn = true,
    ...limits
  } = overrides;
  const clock = createTestClock(START);
  const store = createMemoryStore(canReturn);
  const tokens = createTokenService(['access-secret '.repeat(3)], ['refresh-secret '.repeat(3)]);
  const emitted: { name: SessionEventName; event: SessionEvent }[] = [];
  const warnings: string[] = [];

  const settings = { ...LIMITS, ...limits };
  const dependencies = {
    store,
    settings,
    now: clock.now,
    emit: (name: SessionEventName, event: SessionEvent) => void emitted.push({ name, event }),
    warn: (message: string) => void warnings.push(message),
  };
  const sessions = createSessionService({
    ...dependencies,
    tokens,
    isConfirmationRequired,
    ownClaims,
    revocations: createRevocationService(dependencies),
  });

  return {
    clock,
    store,
    tokens,
    sessions,
    emitted,
    warnings,
    rotate: async (refreshToken, caller = {}) =>
      sessions.rotate([sessions.readRefreshToken(refreshToken)], {
        ...LAPTOP,
        retryKeyHash: null,
        hasLeft: () => false,
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
 * Rotates the newest token again and again, each time after the leeway.
 *
 * @returns all pairs, beginning with `first`: the index of a pair is its generation
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
