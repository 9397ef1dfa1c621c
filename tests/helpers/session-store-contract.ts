import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import type { Session } from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import type {
  Revocation,
  SessionStore,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';

const HOUR = 60 * 60 * 1000;
const AT_ONCE = 20;

/** A session store, and the accounts that its sessions belong to. */
export interface SessionStoreUnderTest {
  /** Called inside a test only, so that a server may boot first. */
  store(): SessionStore;
  /** Milliseconds since the epoch; the same throughout a test. */
  now(): number;
  /** Creates an account to which no session belongs yet; resolves to its id. */
  createAccount(state: AccountState): Promise<number>;
  /** Resolves to the id of an account that does not exist. */
  createDeletedAccount(): Promise<number>;
}

const ORDINARY: AccountState = { blocked: false, confirmed: true };

/** Declares the tests that every implementation of `SessionStore` has to pass. */
export const describeSessionStore = ({
  store,
  now,
  createAccount,
  createDeletedAccount,
}: SessionStoreUnderTest): void => {
  const atOnce = <Result>(run: (index: number) => Promise<Result>): Promise<Result[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, index) => run(index)));

  /** Stores a session that is live for an hour; it belongs to a deleted account unless overridden. */
  const insertSession = async (overrides: Partial<Session> = {}): Promise<Session> => {
    const session: Session = {
      sessionId: randomBytes(16).toString('base64url'),
      userId: overrides.userId ?? (await createDeletedAccount()),
      generation: 0,
      rotatedAt: now(),
      expiresAt: now() + HOUR,
      absoluteExpiresAt: now() + 30 * HOUR,
      loginAt: now(),
      deviceName: 'Firefox on Linux',
      userAgent: 'Mozilla/5.0 🦊',
      ipAddress: '2001:db8::1',
      revokedAt: null,
      revokedReason: null,
      ...overrides,
    };
    await store().insert(session);
    return session;
  };

  const logout = (): Revocation => ({ reason: 'logout', at: now() });

  const rotation = ({ sessionId }: Session, from: number, ipAddress = '192.0.2.1') => ({
    sessionId,
    from,
    to: from + 1,
    rotatedAt: now() + 1000,
    expiresAt: now() + 2 * HOUR,
    ipAddress,
  });

  describe('insert and find', () => {
    it('find returns what was inserted, and no account where it was deleted', async () => {
      const session = await insertSession();

      expect(await store().findSession(session.sessionId)).toEqual(session);
      expect(await store().find(session.sessionId)).toEqual({ session, user: null });
      expect(await store().findAccount(session.userId)).toBeNull();
    });

    it('find returns the state of the account with the session', async () => {
      const state: AccountState = { blocked: true, confirmed: false };
      const userId = await createAccount(state);
      const session = await insertSession({ userId });

      expect(await store().find(session.sessionId)).toEqual({ session, user: state });
      expect(await store().findAccount(userId)).toEqual(state);
    });

    it.each([
      ['as long as a session id', 'x'.repeat(22)],
      ['empty', ''],
      ['with a NUL', 'a\u0000b'],
      ['of 10,000 characters', 'x'.repeat(10_000)],
    ])('find returns null for an unknown id that is %s', async (_name, id) => {
      expect(await store().findSession(id)).toBeNull();
      expect(await store().find(id)).toBeNull();
    });

    it('insert refuses a session id that is already stored', async () => {
      const session = await insertSession();

      await expect(
        insertSession({ sessionId: session.sessionId, generation: 1 }),
      ).rejects.toThrow();

      expect(await store().findSession(session.sessionId)).toEqual(session);
    });
  });

  describe('rotate', () => {
    it('changes the generation, the times and the address of the session', async () => {
      const session = await insertSession({ generation: 7 });
      const next = rotation(session, 7);

      expect(await store().rotate(next)).toBe(true);

      const { to: generation, rotatedAt, expiresAt, ipAddress } = next;
      expect(await store().findSession(session.sessionId)).toEqual({
        ...session,
        ...{ generation, rotatedAt, expiresAt, ipAddress },
      });
    });

    it.each([6, 8])('changes nothing from generation %i when 7 is stored', async (from) => {
      const session = await insertSession({ generation: 7 });

      expect(await store().rotate(rotation(session, from))).toBe(false);

      expect(await store().findSession(session.sessionId)).toEqual(session);
    });

    it('changes nothing in a revoked session', async () => {
      const session = await insertSession({ revokedAt: now(), revokedReason: 'logout' });

      expect(await store().rotate(rotation(session, 0))).toBe(false);

      expect(await store().findSession(session.sessionId)).toEqual(session);
    });

    it('succeeds for exactly one of many concurrent callers', async () => {
      const session = await insertSession();

      const results = await atOnce((index) =>
        store().rotate(rotation(session, 0, `192.0.2.${index}`)),
      );

      expect(results.filter(Boolean)).toEqual([true]);
      expect(await store().findSession(session.sessionId)).toMatchObject({
        generation: 1,
        ipAddress: `192.0.2.${results.indexOf(true)}`,
      });
    });

    it('never leaves a session live that is revoked at the same time', async () => {
      const session = await insertSession();

      const [, isRevoked] = await Promise.all([
        store().rotate(rotation(session, 0)),
        store().revoke(session.sessionId, logout()),
      ]);

      expect(isRevoked).toBe(true);
      expect(await store().rotate(rotation(session, 1))).toBe(false);
    });
  });

  describe('revoke', () => {
    it('succeeds for exactly one of many concurrent callers', async () => {
      const session = await insertSession();

      const results = await atOnce((index) =>
        store().revoke(session.sessionId, { reason: 'logout', at: now() + index }),
      );

      expect(results.filter(Boolean)).toEqual([true]);
      expect(await store().findSession(session.sessionId)).toEqual({
        ...session,
        revokedAt: now() + results.indexOf(true),
        revokedReason: 'logout',
      });
    });

    it('returns false for an unknown session', async () => {
      expect(await store().revoke('x'.repeat(22), logout())).toBe(false);
    });
  });

  describe('revokeAll', () => {
    it('revokes all sessions of the user except the named one, and returns them', async () => {
      const [userId, otherId] = [await createAccount(ORDINARY), await createAccount(ORDINARY)];
      const [one, two, kept] = [
        await insertSession({ userId }),
        await insertSession({ userId }),
        await insertSession({ userId }),
      ];
      const foreign = await insertSession({ userId: otherId });

      const revoked = await store().revokeAll([userId], logout(), kept.sessionId);

      const ended = { revokedAt: now(), revokedReason: 'logout' };
      expect(revoked).toHaveLength(2);
      expect(revoked).toEqual(
        expect.arrayContaining([one, two].map((row) => ({ ...row, ...ended }))),
      );
      expect(await store().findSession(kept.sessionId)).toEqual(kept);
      expect(await store().findSession(foreign.sessionId)).toEqual(foreign);
    });

    it('accepts more than a thousand users, and returns only the sessions that it revoked itself', async () => {
      const userIds = [await createAccount(ORDINARY), await createAccount(ORDINARY)];
      const before = await insertSession({
        userId: userIds[0],
        revokedAt: now() - 1,
        revokedReason: 'logout',
      });
      const live = await insertSession({ userId: userIds[1] });
      const nobody = Array.from({ length: 1000 }, (_, index) => 1_000_000 + index);

      const revoked = await store().revokeAll([...nobody, ...userIds], logout());

      expect(revoked.map(({ sessionId }) => sessionId)).toEqual([live.sessionId]);
      expect(await store().findSession(before.sessionId)).toEqual(before);
    });
  });

  describe('listLive', () => {
    it('returns the live sessions, newest login first, without the first `offset` of them', async () => {
      const userId = await createAccount(ORDINARY);
      const oldest = await insertSession({ userId, loginAt: now() - 2 });
      const newest = await insertSession({ userId, loginAt: now() });
      const middle = await insertSession({ userId, loginAt: now() - 1 });
      const storedLater = await insertSession({ userId, loginAt: now() - 1 });
      await insertSession({ userId, expiresAt: now() });
      await insertSession({ userId, absoluteExpiresAt: now() });
      await insertSession({ userId, revokedAt: now(), revokedReason: 'logout' });

      const ordered = [newest, storedLater, middle, oldest];
      expect(await store().listLive(userId, { now: now() })).toEqual(ordered);
      expect(await store().listLive(userId, { now: now(), offset: 2 })).toEqual(ordered.slice(2));
      expect(await store().listLive(userId, { now: now(), offset: 4 })).toEqual([]);
    });
  });

  describe('deleteEnded', () => {
    it('deletes and counts the sessions that ended before the given time, however they ended', async () => {
      const before = now() - 10 * HOUR;
      const past = before - 1;
      const due = [
        await insertSession({ expiresAt: past }),
        await insertSession({ absoluteExpiresAt: past }),
        await insertSession({ revokedAt: past, revokedReason: 'logout' }),
      ];
      const kept = [
        await insertSession(),
        await insertSession({ expiresAt: before, absoluteExpiresAt: before }),
        await insertSession({ revokedAt: before, revokedReason: 'logout' }),
      ];

      expect(await store().deleteEnded(before)).toBe(3);

      const find = ({ sessionId }: Session) => store().findSession(sessionId);
      expect(await Promise.all(due.map(find))).toEqual([null, null, null]);
      expect(await Promise.all(kept.map(find))).toEqual(kept);
    });

    it('counts each deleted session once among concurrent callers', async () => {
      const before = now() - 10 * HOUR;
      await atOnce(() => insertSession({ expiresAt: before - 1 }));

      const counts = await atOnce(() => store().deleteEnded(before));

      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(AT_ONCE);
    });
  });
};
