import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountProblem,
  type AccountState,
} from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import { judge } from '../../src/extensions/users-permissions/refresh-tokens/core/judge';
import type {
  Owner,
  Session,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import type { SessionStore } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';

const HOUR = 60 * 60 * 1000;
const AT_ONCE = 20;
const ACTIVE: AccountState = { blocked: false, confirmed: true, hasRole: true };

/** A session store, and the accounts that its sessions belong to. */
export interface SessionStoreUnderTest {
  /** Whether the database has `UPDATE … RETURNING`. */
  readonly canReturn: boolean;
  /** Called inside a test only, so that a server may boot first. */
  store(): SessionStore;
  /** Milliseconds since the epoch; the same throughout a test. */
  now(): number;
  /** Creates an account to which no session belongs yet. */
  createAccount(state: AccountState): Promise<Owner>;
  /** Resolves to an account that does not exist. */
  createDeletedAccount(): Promise<Owner>;
  /** Stores a row without any condition. Rejects when the session id is stored already. */
  insertRow(session: Session): Promise<unknown>;
}

/**
 * Declares the tests of `rotateCurrent`, whose condition says again what `judge` decides.
 *
 * @param insertSession stores a session of an account, live unless overridden
 */
export const describeRotateCurrent = (
  { canReturn, store, now, createAccount, createDeletedAccount }: SessionStoreUnderTest,
  insertSession: (overrides: Partial<Session>, owner?: Owner) => Promise<Session>,
): void => {
  describe('rotateCurrent', () => {
    const LEEWAY = 10_000;
    const around = (limit: number) => fc.constantFrom(limit - 1, limit, limit + 1);
    const rows = fc.record({
      account: fc.constantFrom(
        'active',
        'active',
        'active',
        'blocked',
        'unconfirmed',
        'roleless',
        'deleted',
        'another',
      ),
      generation: fc.nat(2),
      presented: fc.constantFrom(-1, 0, 0, 0, 1),
      leeway: fc.constantFrom(0, LEEWAY),
      age: fc.oneof(around(0), around(LEEWAY), fc.constant(HOUR)),
      idleFor: fc.oneof(around(0), fc.constant(HOUR)),
      liveFor: fc.oneof(around(0), around(HOUR), fc.constant(30 * HOUR)),
      isRevoked: fc.constantFrom(false, false, false, true),
    });

    it('rotates where judge says so and the account may log in, and changes nothing else', async () => {
      const owners: Record<string, Owner> = {
        active: await createAccount(ACTIVE),
        blocked: await createAccount({ ...ACTIVE, blocked: true }),
        unconfirmed: await createAccount({ ...ACTIVE, confirmed: false }),
        roleless: await createAccount({ ...ACTIVE, hasRole: false }),
        deleted: await createDeletedAccount(),
        another: { ...(await createAccount(ACTIVE)), documentId: 'another' },
      };
      let rotated = 0;

      await fc.assert(
        fc.asyncProperty(
          rows,
          async ({ account, presented, leeway, age, idleFor, liveFor, ...row }) => {
            const revocation = { revokedAt: now(), revokedReason: 'logout' } as const;
            const session = await insertSession(
              {
                generation: row.generation,
                rotatedAt: now() - age,
                expiresAt: now() + idleFor,
                absoluteExpiresAt: now() + liveFor,
                ...(row.isRevoked ? revocation : {}),
              },
              owners[account],
            );
            const token = { sessionId: session.sessionId, generation: row.generation + presented };
            const stored = await store().find(session.sessionId);
            const { kind } = judge({ ...token, isExpired: false }, stored, now(), leeway);
            const changes = { ipAddress: '203.0.113.7', retryKeyHash: 'a-hash' };

            const result = await store().rotateCurrent({
              ...token,
              ...changes,
              at: now(),
              refreshTtl: HOUR,
              leeway,
            });

            const isRotation =
              canReturn && kind === 'rotate' && accountProblem(stored?.user ?? null) === null;
            const expected = {
              ...session,
              ...changes,
              generation: row.generation + 1,
              rotatedAt: now(),
              expiresAt: Math.min(now() + HOUR, session.absoluteExpiresAt),
            };
            if (isRotation) rotated += 1;
            expect(result).toEqual(isRotation ? expected : null);
            expect(await store().findSession(session.sessionId)).toEqual(
              isRotation ? expected : session,
            );
          },
        ),
        { numRuns: 300 },
      );
      expect(rotated > 0).toBe(canReturn);
    });

    it('succeeds for exactly one of many concurrent callers', async () => {
      const session = await insertSession({}, await createAccount(ACTIVE));
      const { sessionId, generation } = session;

      const results = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          store().rotateCurrent({
            ...{ sessionId, generation, at: now(), refreshTtl: HOUR, leeway: 0 },
            ...{ ipAddress: `192.0.2.${index}`, retryKeyHash: null },
          }),
        ),
      );

      expect(results.filter(Boolean)).toHaveLength(canReturn ? 1 : 0);
    });
  });
};
