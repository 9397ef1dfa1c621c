import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AccountState } from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import type {
  Owner,
  Session,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import type { Revocation } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';
import { describeRotateCurrent, type SessionStoreUnderTest } from './rotate-current-contract';

const HOUR = 60 * 60 * 1000;
const AT_ONCE = 20;

const ACTIVE: AccountState = { blocked: false, confirmed: true, hasRole: true };

/** Declares the tests that every implementation of `SessionStore` has to pass. */
export const describeSessionStore = (underTest: SessionStoreUnderTest): void => {
  const { store, now, createAccount, createDeletedAccount, insertRow } = underTest;
  const atOnce = <Result>(run: (index: number) => Promise<Result>): Promise<Result[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, index) => run(index)));

  /** A session that is live for an hour. */
  const liveSession = ({ id, documentId }: Owner) => ({
    sessionId: randomBytes(16).toString('base64url'),
    userId: id,
    userDocumentId: documentId,
    generation: 0,
    rotatedAt: now(),
    expiresAt: now() + HOUR,
    retryKeyHash: null,
    remembered: true,
    impersonatedBy: null,
    absoluteExpiresAt: now() + 30 * HOUR,
    loginAt: now(),
    deviceName: 'Firefox on Linux',
    userAgent: 'Mozilla/5.0 🦊',
    ipAddress: '2001:db8::1',
    revokedAt: null,
    revokedReason: null,
  });

  /** Stores a live session; it belongs to a deleted account unless overridden. */
  const insertSession = async (
    overrides: Partial<Session> = {},
    owner?: Owner,
  ): Promise<Session> => {
    const session = {
      ...liveSession(owner ?? (await createDeletedAccount())),
      ...overrides,
    };
    await insertRow(session);
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
    retryKeyHash: 'a-hash',
  });

  describe('insert and find', () => {
    it('find returns what was inserted, and no account where it was deleted', async () => {
      const session = await insertSession();

      expect(await store().findSession(session.sessionId)).toEqual(session);
      expect(await store().find(session.sessionId)).toEqual({ session, user: null });
      expect(await store().findAccount(session.userId)).toBeNull();
    });

    it('find returns the state of the account with the session', async () => {
      const state: AccountState = { blocked: true, confirmed: false, hasRole: true };
      const owner = await createAccount(state);
      const session = await insertSession({}, owner);

      expect(await store().find(session.sessionId)).toEqual({ session, user: state });
      expect(await store().findAccount(owner.id)).toEqual({
        ...state,
        documentId: owner.documentId,
      });
    });

    it('find returns null when the user id belongs to another user since an import', async () => {
      const { id } = await createAccount(ACTIVE);
      const session = await insertSession({}, { id, documentId: 'another' });

      expect(await store().find(session.sessionId)).toBeNull();
      expect(await store().findSession(session.sessionId)).toEqual(session);
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

    it('insert stores every field of a session of an active account', async () => {
      const session = { ...liveSession(await createAccount(ACTIVE)), remembered: false };

      expect(await store().insert(session)).toBe(true);

      expect(await store().find(session.sessionId)).toEqual({ session, user: ACTIVE });
    });

    it.each([
      ['is deleted', createDeletedAccount],
      ['is blocked', () => createAccount({ ...ACTIVE, blocked: true })],
      [
        'has another document id',
        async () => ({ ...(await createAccount(ACTIVE)), documentId: 'another' }),
      ],
    ])('insert stores nothing for an account that %s', async (_name, createOwner) => {
      const session = liveSession(await createOwner());

      expect(await store().insert(session)).toBe(false);

      expect(await store().findSession(session.sessionId)).toBeNull();
    });

    it('insert refuses a session id that is already stored', async () => {
      const session = liveSession(await createAccount(ACTIVE));
      await store().insert(session);

      await expect(store().insert({ ...session, generation: 1 })).rejects.toThrow();

      expect(await store().findSession(session.sessionId)).toEqual(session);
    });
  });

  describe('rotate', () => {
    it('changes the generation, the times, the address and the key of the session', async () => {
      const session = await insertSession({ generation: 7 });
      const next = rotation(session, 7);

      expect(await store().rotate(next)).toBe(true);

      const { to: generation, rotatedAt, expiresAt, ipAddress, retryKeyHash } = next;
      expect(await store().findSession(session.sessionId)).toEqual({
        ...session,
        ...{ generation, rotatedAt, expiresAt, ipAddress, retryKeyHash },
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

  describeRotateCurrent(underTest, insertSession);

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
      const [owner, other] = [await createAccount(ACTIVE), await createAccount(ACTIVE)];
      const [one, two, kept] = [
        await insertSession({}, owner),
        await insertSession({}, owner),
        await insertSession({}, owner),
      ];
      const foreign = await insertSession({}, other);
      const imported = await insertSession({}, { id: owner.id, documentId: 'another' });

      const revoked = await store().revokeAll([owner], logout(), kept.sessionId);

      const ended = { revokedAt: now(), revokedReason: 'logout' };
      expect(revoked).toHaveLength(2);
      expect(revoked).toEqual(
        expect.arrayContaining([one, two].map((row) => ({ ...row, ...ended }))),
      );
      expect(await store().findSession(kept.sessionId)).toEqual(kept);
      expect(await store().findSession(foreign.sessionId)).toEqual(foreign);
      expect(await store().findSession(imported.sessionId)).toEqual(imported);
    });

    it('accepts more than a thousand users, and returns only the sessions that it revoked itself', async () => {
      const owners = [await createAccount(ACTIVE), await createAccount(ACTIVE)];
      const before = await insertSession(
        { revokedAt: now() - 1, revokedReason: 'logout' },
        owners[0],
      );
      const live = await insertSession({}, owners[1]);
      const unknownUsers = Array.from({ length: 1000 }, (_, index) => ({
        id: 1_000_000 + index,
        documentId: 'nobody',
      }));

      const revoked = await store().revokeAll([...unknownUsers, ...owners], logout());

      expect(revoked.map(({ sessionId }) => sessionId)).toEqual([live.sessionId]);
      expect(await store().findSession(before.sessionId)).toEqual(before);
    });
  });

  describe('listLive', () => {
    it('returns the live sessions, the last stored first', async () => {
      const owner = await createAccount(ACTIVE);
      const first = await insertSession({ loginAt: now() - 1 }, owner);
      const second = await insertSession({ loginAt: now() }, owner);
      const afterClockWasSetBack = await insertSession({ loginAt: now() - HOUR }, owner);
      await insertSession({ expiresAt: now() }, owner);
      await insertSession({ absoluteExpiresAt: now() }, owner);
      await insertSession({ revokedAt: now(), revokedReason: 'logout' }, owner);
      await insertSession({}, { id: owner.id, documentId: 'another' });

      const ordered = [afterClockWasSetBack, second, first];
      expect(await store().listLive(owner, now())).toEqual(ordered);
      expect(await store().listSurplus(owner, now(), 2)).toEqual(ordered.slice(2));
      expect(await store().listSurplus(owner, now(), 3)).toEqual([]);
    });

    it('counts no impersonation as surplus', async () => {
      const owner = await createAccount(ACTIVE);
      const first = await insertSession({}, owner);
      const impersonation = await insertSession({ impersonatedBy: 'Kim' }, owner);
      const second = await insertSession({}, owner);

      expect(await store().listLive(owner, now())).toEqual([second, impersonation, first]);
      expect(await store().listSurplus(owner, now(), 1)).toEqual([first]);
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

  describe('deleteOwnerless', () => {
    it('deletes live sessions whose user does not exist or is another user, and no others', async () => {
      const owner = await createAccount(ACTIVE);
      const kept = [
        await insertSession({}, owner),
        await insertSession(
          { revokedAt: now(), revokedReason: 'user-deleted' },
          await createDeletedAccount(),
        ),
      ];
      const due = [
        await insertSession({}, { id: owner.id, documentId: 'another' }),
        await insertSession({}, await createDeletedAccount()),
        await insertSession({ userDocumentId: null }, owner),
      ];

      expect(await store().deleteOwnerless()).toBeGreaterThanOrEqual(due.length);

      const find = ({ sessionId }: Session) => store().findSession(sessionId);
      expect(await Promise.all(due.map(find))).toEqual([null, null, null]);
      expect(await Promise.all(kept.map(find))).toEqual(kept);
    });
  });
};
