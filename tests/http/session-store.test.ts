import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type {
  Owner,
  Session,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import type { Revocation } from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';
import { createSessionStore } from '../../src/extensions/users-permissions/refresh-tokens/store/sql-session-store';
import { createPerson } from '../helpers/people';
import { useServer } from '../helpers/suite';

const HOUR = 60 * 60 * 1000;
const AT_ONCE = 20;

const server = useServer();
const noWarning = (message: string): void => {
  throw new Error(`Warned: ${message}`);
};
const store = () => createSessionStore(server.strapi.db, noWarning);
const now = () => server.clock.now();

const atOnce = <Result>(run: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => run(index)));

/** The document id that sessions of this file have unless they say another. */
const DOCUMENT_ID = 'nobody';
const ownerOf = (id: number, documentId = DOCUMENT_ID): Owner => ({ id, documentId });

/** Stores a session of nobody that is live for an hour, but for what is said. */
const stored = async (overrides: Partial<Session> = {}): Promise<Session> => {
  const session: Session = {
    sessionId: randomBytes(16).toString('base64url'),
    userId: 0,
    userDocumentId: DOCUMENT_ID,
    generation: 0,
    rotatedAt: now(),
    expiresAt: now() + HOUR,
    retryKeyHash: null,
    remembered: true,
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

/** A user of whom nobody else in this file has sessions. */
const newUserId = async (): Promise<number> => (await createPerson(server)).id;

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
  it('give back what was stored, as numbers and text', async () => {
    const session = await stored();

    expect(await store().findSession(session.sessionId)).toEqual(session);
    expect(await store().find(session.sessionId)).toEqual({ session, user: null });
  });

  it('find the state of the account with the session', async () => {
    const { id, documentId } = await createPerson(server, { blocked: true });
    const session = await stored({ userId: id, userDocumentId: documentId });

    expect(await store().find(session.sessionId)).toEqual({
      session,
      user: { blocked: true, confirmed: true },
    });
    expect(await store().findAccount(id)).toEqual({ documentId, blocked: true, confirmed: true });
  });

  it('find no session whose user id belongs to somebody else now', async () => {
    const session = await stored({ userId: await newUserId() });

    expect(await store().find(session.sessionId)).toBeNull();
    expect(await store().findSession(session.sessionId)).toEqual(session);
  });

  it.each(['x'.repeat(22), '', 'a\u0000b', 'x'.repeat(10_000)])('find nothing: %j', async (id) => {
    expect(await store().findSession(id)).toBeNull();
    expect(await store().find(id)).toBeNull();
  });

  it('the same session id twice is refused by the database', async () => {
    const session = await stored();

    await expect(stored({ sessionId: session.sessionId, userId: 1 })).rejects.toThrow();

    expect(await store().findSession(session.sessionId)).toEqual(session);
  });
});

describe('rotate', () => {
  it('moves on from the generation that is stored', async () => {
    const session = await stored({ generation: 7 });
    const next = rotation(session, 7);

    expect(await store().rotate(next)).toBe(true);

    const { to: generation, rotatedAt, expiresAt, ipAddress, retryKeyHash } = next;
    expect(await store().findSession(session.sessionId)).toEqual({
      ...session,
      ...{ generation, rotatedAt, expiresAt, ipAddress, retryKeyHash },
    });
  });

  it.each([6, 8])('from 7 refuses generation %i', async (from) => {
    const session = await stored({ generation: 7 });

    expect(await store().rotate(rotation(session, from))).toBe(false);

    expect(await store().findSession(session.sessionId)).toEqual(session);
  });

  it('refuses a session that is revoked', async () => {
    const session = await stored({ revokedAt: now(), revokedReason: 'logout' });

    expect(await store().rotate(rotation(session, 0))).toBe(false);

    expect(await store().findSession(session.sessionId)).toEqual(session);
  });

  it('lets one of many through that come at once', async () => {
    const session = await stored();

    const results = await atOnce((index) =>
      store().rotate(rotation(session, 0, `192.0.2.${index}`)),
    );

    expect(results.filter(Boolean)).toEqual([true]);
    expect(await store().findSession(session.sessionId)).toMatchObject({
      generation: 1,
      ipAddress: `192.0.2.${results.indexOf(true)}`,
    });
  });

  it('and a revocation that comes at once never both end with a live session', async () => {
    const session = await stored();

    const [, isRevoked] = await Promise.all([
      store().rotate(rotation(session, 0)),
      store().revoke(session.sessionId, logout()),
    ]);

    expect(isRevoked).toBe(true);
    expect(await store().rotate(rotation(session, 1))).toBe(false);
  });
});

describe('revoke', () => {
  it('counts once, however many come at once', async () => {
    const session = await stored();

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

  it('of a session that is none counts for nothing', async () => {
    expect(await store().revoke('x'.repeat(22), logout())).toBe(false);
  });
});

describe('revokeAll', () => {
  it('spares the session that is named, and sessions of others', async () => {
    const [userId, otherId] = [await newUserId(), await newUserId()];
    const [one, two, kept] = [
      await stored({ userId }),
      await stored({ userId }),
      await stored({ userId }),
    ];
    const foreign = await stored({ userId: otherId });
    const imported = await stored({ userId, userDocumentId: 'another' });

    const revoked = await store().revokeAll([ownerOf(userId)], logout(), kept.sessionId);

    const ended = { revokedAt: now(), revokedReason: 'logout' };
    expect(revoked).toHaveLength(2);
    expect(revoked).toEqual(
      expect.arrayContaining([one, two].map((row) => ({ ...row, ...ended }))),
    );
    expect(await store().findSession(kept.sessionId)).toEqual(kept);
    expect(await store().findSession(foreign.sessionId)).toEqual(foreign);
    expect(await store().findSession(imported.sessionId)).toEqual(imported);
  });

  it('takes a thousand users, and tells only of what it has ended itself', async () => {
    const userIds = [await newUserId(), await newUserId()];
    const before = await stored({
      userId: userIds[0],
      revokedAt: now() - 1,
      revokedReason: 'logout',
    });
    const live = await stored({ userId: userIds[1] });
    const nobody = Array.from({ length: 1000 }, (_, index) => 1_000_000 + index);

    const revoked = await store().revokeAll(
      [...nobody, ...userIds].map((id) => ownerOf(id)),
      logout(),
    );

    expect(revoked.map(({ sessionId }) => sessionId)).toEqual([live.sessionId]);
    expect(await store().findSession(before.sessionId)).toEqual(before);
  });
});

describe('listLive', () => {
  it('has the newest login first, skips what is asked, and leaves out what has ended', async () => {
    const userId = await newUserId();
    const oldest = await stored({ userId, loginAt: now() - 2 });
    const newest = await stored({ userId, loginAt: now() });
    const middle = await stored({ userId, loginAt: now() - 1 });
    const storedLater = await stored({ userId, loginAt: now() - 1 });
    await stored({ userId, expiresAt: now() });
    await stored({ userId, absoluteExpiresAt: now() });
    await stored({ userId, revokedAt: now(), revokedReason: 'logout' });
    await stored({ userId, userDocumentId: 'another' });

    const owner = ownerOf(userId);
    const ordered = [newest, storedLater, middle, oldest];
    expect(await store().listLive(owner, { now: now() })).toEqual(ordered);
    expect(await store().listLive(owner, { now: now(), offset: 2 })).toEqual(ordered.slice(2));
    expect(await store().listLive(owner, { now: now(), offset: 4 })).toEqual([]);
  });
});

describe('deleteEnded', () => {
  it('deletes what ended before a moment, however it ended, and counts it', async () => {
    const before = now() - 10 * HOUR;
    const past = before - 1;
    const due = [
      await stored({ expiresAt: past }),
      await stored({ absoluteExpiresAt: past }),
      await stored({ revokedAt: past, revokedReason: 'logout' }),
    ];
    const kept = [
      await stored(),
      await stored({ expiresAt: before, absoluteExpiresAt: before }),
      await stored({ revokedAt: before, revokedReason: 'logout' }),
    ];

    expect(await store().deleteEnded(before)).toBe(3);

    const find = ({ sessionId }: Session) => store().findSession(sessionId);
    expect(await Promise.all(due.map(find))).toEqual([null, null, null]);
    expect(await Promise.all(kept.map(find))).toEqual(kept);
  });

  it('deletes each session once when several do it at once', async () => {
    const before = now() - 10 * HOUR;
    await atOnce(() => stored({ expiresAt: before - 1 }));

    const counts = await atOnce(() => store().deleteEnded(before));

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(AT_ONCE);
  });
});

describe('deleteOwnerless', () => {
  it('deletes live sessions whose user id belongs to nobody or to somebody else, and no others', async () => {
    const { id, documentId } = await createPerson(server);
    const kept = [
      await stored({ userId: id, userDocumentId: documentId }),
      await stored({ userId: id, revokedAt: now(), revokedReason: 'user-deleted' }),
    ];
    const due = [
      await stored({ userId: id }),
      await stored({ userId: id + 1_000_000, userDocumentId: documentId }),
      await stored({ userId: id, userDocumentId: null }),
    ];

    expect(await store().deleteOwnerless()).toBeGreaterThanOrEqual(3);

    const find = ({ sessionId }: Session) => store().findSession(sessionId);
    expect(await Promise.all(due.map(find))).toEqual([null, null, null]);
    expect(await Promise.all(kept.map(find))).toEqual(kept);
  });
});
