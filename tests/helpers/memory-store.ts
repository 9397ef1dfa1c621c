import {
  accountProblem,
  type AccountState,
} from '../../src/extensions/users-permissions/refresh-tokens/core/account';
import { judge } from '../../src/extensions/users-permissions/refresh-tokens/core/judge';
import {
  endReasonOf,
  idleEndOf,
  type Owner,
  type Session,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session';
import type {
  Revocation,
  SessionStore,
} from '../../src/extensions/users-permissions/refresh-tokens/core/session-store';

/** Resolves when an operation may continue. Called before and after its effect. */
export type Delay = (operation: keyof SessionStore) => Promise<unknown>;

const NO_DELAY: Delay = () => Promise.resolve();
const ACTIVE_ACCOUNT: AccountState = { blocked: false, confirmed: true, hasRole: true };

/** Returns the document id of a user of this store. */
export const documentIdOf = (userId: number): string => `document-${userId}`;

/** Returns a user of this store, as a session refers to it. */
export const ownerOf = (userId: number): Owner => ({
  id: userId,
  documentId: documentIdOf(userId),
});

/** A session store in memory with atomic operations. Tests can delay them or let them fail. */
export interface MemoryStore extends SessionStore {
  /** Returns all rows, oldest first. */
  rows(): readonly Session[];
  /** Writes an earlier state of a row, as a restored backup does. */
  restore(session: Session): void;
  /** Sets the state of an account; null deletes it. By default every account is active. */
  setAccount(userId: number, account: AccountState | null): void;
  delayBy(delay: Delay): void;
  /** Lets this operation fail from now on, before it changes anything. */
  failOn(operation: keyof SessionStore, error: Error): void;
  /** Undoes every `failOn`. */
  recover(): void;
}

const isOwnedBy = ({ userId, userDocumentId }: Session, { id, documentId }: Owner): boolean =>
  userId === id && userDocumentId === documentId;

/** @param canReturn whether the database that it stands for has `UPDATE … RETURNING` */
export const createMemoryStore = (canReturn = true): MemoryStore => {
  const sessions = new Map<string, Session>();
  const accounts = new Map<number, AccountState | null>();
  const faults = new Map<keyof SessionStore, Error>();
  let delay = NO_DELAY;

  const operate = async <Result>(
    operation: keyof SessionStore,
    act: () => Result,
  ): Promise<Result> => {
    await delay(operation);
    const fault = faults.get(operation);
    if (fault) throw fault;
    const result = act();
    await delay(operation);
    return result;
  };

  /** The live sessions of a user, the last inserted first. */
  const latestOf = (owner: Owner, now: number): Session[] =>
    [...sessions.values()]
      .filter((session) => isOwnedBy(session, owner) && endReasonOf(session, now) === null)
      .reverse();

  const accountOf = (userId: number): AccountState | null => {
    const account = accounts.get(userId);
    return account === undefined ? ACTIVE_ACCOUNT : account;
  };

  const revokeRow = (session: Session, { reason, at }: Revocation): Session => {
    const revoked = { ...session, revokedAt: at, revokedReason: reason };
    sessions.set(session.sessionId, revoked);
    return revoked;
  };

  return {
    findAccount: (userId) =>
      operate('findAccount', () => {
        const account = accountOf(userId);
        return account && { ...account, documentId: documentIdOf(userId) };
      }),

    // A password is not part of this store: the contract on a database covers it.
    insert: (session) =>
      operate('insert', () => {
        if (sessions.has(session.sessionId)) throw new Error('UNIQUE constraint failed');
        const account = accountOf(session.userId);
        const isOwner = session.userDocumentId === documentIdOf(session.userId);
        if (!account || account.blocked || !isOwner) return false;
        sessions.set(session.sessionId, session);
        return true;
      }),

    find: (sessionId) =>
      operate('find', () => {
        const session = sessions.get(sessionId);
        return session?.userDocumentId === documentIdOf(session?.userId ?? 0)
          ? { session, user: accountOf(session.userId) }
          : null;
      }),

    findSession: (sessionId) => operate('findSession', () => sessions.get(sessionId) ?? null),

    rotate: ({ sessionId, from, to, ...changes }) =>
      operate('rotate', () => {
        const session = sessions.get(sessionId);
        if (session?.generation !== from || session.revokedAt !== null) return false;
        sessions.set(sessionId, { ...session, generation: to, ...changes });
        return true;
      }),

    rotateCurrent: ({ at, refreshTtl, leeway, ...rotation }) =>
      operate('rotateCurrent', () => {
        const session = sessions.get(rotation.sessionId);
        if (!canReturn || session?.userDocumentId !== documentIdOf(session?.userId ?? 0))
          return null;
        const user = accountOf(session.userId);
        const { kind } = judge({ ...rotation, isExpired: false }, { session, user }, at, leeway);
        if (kind !== 'rotate' || accountProblem(user) !== null) return null;
        const rotated = {
          ...session,
          generation: rotation.generation + 1,
          rotatedAt: at,
          expiresAt: idleEndOf(at, refreshTtl, session.absoluteExpiresAt),
          ipAddress: rotation.ipAddress,
          retryKeyHash: rotation.retryKeyHash,
        };
        sessions.set(session.sessionId, rotated);
        return rotated;
      }),

    revoke: (sessionId, revocation) =>
      operate('revoke', () => {
        const session = sessions.get(sessionId);
        if (session?.revokedAt !== null) return false;
        revokeRow(session, revocation);
        return true;
      }),

    revokeAll: (owners, revocation, exceptSessionId) =>
      operate('revokeAll', () =>
        [...sessions.values()]
          .filter((session) => owners.some((owner) => isOwnedBy(session, owner)))
          .filter(({ sessionId }) => sessionId !== exceptSessionId)
          .filter(({ revokedAt }) => revokedAt === null)
          .map((session) => revokeRow(session, revocation)),
      ),

    listLive: (owner, now) => operate('listLive', () => latestOf(owner, now)),

    listSurplus: (owner, now, limit) =>
      operate('listSurplus', () =>
        latestOf(owner, now)
          .filter(({ impersonatedBy }) => impersonatedBy === null)
          .slice(limit),
      ),

    deleteEnded: (before) =>
      operate('deleteEnded', () => {
        const ended = [...sessions.values()].filter(
          ({ revokedAt, expiresAt, absoluteExpiresAt }) =>
            Math.min(revokedAt ?? Infinity, expiresAt, absoluteExpiresAt) < before,
        );
        for (const { sessionId } of ended) sessions.delete(sessionId);
        return ended.length;
      }),

    deleteOwnerless: () =>
      operate('deleteOwnerless', () => {
        const ownerless = [...sessions.values()].filter(
          ({ revokedAt, userId, userDocumentId }) =>
            revokedAt === null &&
            (accountOf(userId) === null || userDocumentId !== documentIdOf(userId)),
        );
        for (const { sessionId } of ownerless) sessions.delete(sessionId);
        return ownerless.length;
      }),

    rows: () => [...sessions.values()],
    restore: (session) => void sessions.set(session.sessionId, session),
    setAccount: (userId, account) => void accounts.set(userId, account),
    delayBy: (newDelay) => {
      delay = newDelay;
    },
    failOn: (operation, error) => void faults.set(operation, error),
    recover: () => faults.clear(),
  };
};
