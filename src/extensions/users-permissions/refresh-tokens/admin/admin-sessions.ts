import { setImmediate } from 'node:timers/promises';
import type { ListRequest, RevokeRequest } from './requests';
import { sessionEvent, type SessionEvent, type SessionEventName } from '../core/events';
import {
  endReasonOf,
  expiryOf,
  isSessionId,
  statusOf,
  type Session,
  type SessionStatus,
} from '../core/session';
import {
  LIST_LIMIT,
  type OverviewRow,
  type SessionFilter,
  type SessionOverview,
  type SessionSource,
} from './overview';
import type { SessionStore } from '../core/session-store';
import type { RevocationService } from '../services/revoke';

const REASON = 'revoked-by-admin';

/** A session as administrators see it. Times are ISO 8601. */
export interface AdminSession extends Pick<Session, 'deviceName' | 'userAgent' | 'ipAddress'> {
  readonly id: string;
  readonly user: OverviewRow['user'];
  readonly loginAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly state: SessionStatus['state'];
  readonly endedAt: string | null;
  readonly reason: SessionStatus['reason'];
}

/** A page of the list, in the shape of Strapi's own lists. */
export interface AdminSessionPage {
  readonly results: readonly AdminSession[];
  readonly pagination: {
    readonly page: number;
    readonly pageSize: number;
    readonly pageCount: number;
    /** Counted up to `LIST_LIMIT`. */
    readonly total: number;
    readonly isTotalExact: boolean;
  };
}

interface AdminSessionsDependencies {
  readonly overview: SessionOverview;
  readonly store: Pick<SessionStore, 'findSession'>;
  readonly revoke: RevocationService['revoke'];
  readonly emit: (name: SessionEventName, event: SessionEvent) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The record of what administrators do. */
  readonly log: (message: string) => void;
}

const toIso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const toAdminSession = ({ session, user }: OverviewRow, now: number): AdminSession => {
  const { state, endedAt, reason } = statusOf(session, now);
  return {
    id: session.sessionId,
    user,
    deviceName: session.deviceName,
    userAgent: session.userAgent,
    ipAddress: session.ipAddress,
    loginAt: toIso(session.loginAt),
    lastUsedAt: toIso(session.rotatedAt),
    expiresAt: toIso(expiryOf(session)),
    state,
    endedAt: endedAt === null ? null : toIso(endedAt),
    reason,
  };
};

/** Only live sessions can be revoked: a filter for others means none. */
const meansLive = ({ state }: SessionFilter): boolean => state === undefined || state === 'live';

/** What administrators do with everybody's sessions. */
export const createAdminSessions = ({
  overview,
  store,
  revoke,
  emit,
  now,
  log,
}: AdminSessionsDependencies) => {
  /** The live session of an id; null where it has ended, undefined where there is none. */
  const findLive = async (sessionId: string): Promise<Session | null | undefined> => {
    const session = isSessionId(sessionId) ? await store.findSession(sessionId) : null;
    if (!session) return undefined;
    return endReasonOf(session, now()) === null ? session : null;
  };

  const revokeSource = async function* (source: SessionSource, until: number, adminId: number) {
    let places = await overview.nextLive(source, { after: undefined, until });
    while (places.length > 0) {
      const revoked = await overview.revokeLive(places, { reason: REASON, at: now() });
      for (const session of revoked) {
        emit('session.revoked', sessionEvent(session, REASON, adminId));
      }
      yield revoked.length;
      // Requests get their turn, also where the database answers at once.
      await setImmediate();
      places = await overview.nextLive(source, { after: places.at(-1), until });
    }
  };

  const revokeMatching = async (filter: SessionFilter, adminId: number): Promise<number> => {
    if (!meansLive(filter)) return 0;
    const until = now();
    let count = 0;
    let usersBelow: number | undefined;
    try {
      do {
        const { sources, moreUsersBelow } = await overview.resolve(filter, usersBelow);
        for (const source of sources) {
          for await (const revoked of revokeSource(source, until, adminId)) count += revoked;
        }
        usersBelow = moreUsersBelow;
      } while (usersBelow !== undefined);
    } finally {
      // What is done is on record, even where the rest has failed.
      log(`Sessions revoked by admin ${adminId}: ${count} (filter ${JSON.stringify(filter)})`);
    }
    return count;
  };

  const countMatching = async (
    filter: SessionFilter,
  ): Promise<{ matching: number; isExact: boolean }> => {
    if (!meansLive(filter)) return { matching: 0, isExact: true };
    const { sources, moreUsersBelow } = await overview.resolve(filter);
    const order = { field: 'loginAt', direction: 'desc' } as const;
    const query = { sources, state: 'live', order, offset: 0, limit: 1, now: now() } as const;
    const { total, isTotalExact } = await overview.list(query);
    return { matching: total, isExact: isTotalExact && moreUsersBelow === undefined };
  };

  return {
    async list({ page, pageSize, sort, filter }: ListRequest): Promise<AdminSessionPage> {
      const at = now();
      const { sources, moreUsersBelow } = await overview.resolve(filter);
      const { rows, total, isTotalExact } = await overview.list({
        sources,
        state: filter.state,
        order: sort,
        offset: (page - 1) * pageSize,
        limit: Math.min(pageSize, LIST_LIMIT - (page - 1) * pageSize),
        now: at,
      });
      return {
        results: rows.map((row) => toAdminSession(row, at)),
        pagination: {
          page,
          pageSize,
          pageCount: Math.ceil(total / pageSize),
          total,
          isTotalExact: isTotalExact && moreUsersBelow === undefined,
        },
      };
    },

    /** Revokes what is asked for; resolves to how many sessions that were, or null for an unknown one. */
    async revoke(target: RevokeRequest['target'], adminId: number): Promise<number | null> {
      if ('filter' in target) return revokeMatching(target.filter, adminId);
      const session = await findLive(target.sessionId);
      if (session === undefined) return null;
      const isRevoked = session !== null && (await revoke(session, REASON, adminId));
      const count = isRevoked ? 1 : 0;
      log(`Sessions revoked by admin ${adminId}: ${count} (session ${target.sessionId})`);
      return count;
    },

    /** Says how many a revocation would end; resolves to null for an unknown session. */
    async count(
      target: RevokeRequest['target'],
    ): Promise<{ matching: number; isExact: boolean } | null> {
      if ('filter' in target) return countMatching(target.filter);
      const session = await findLive(target.sessionId);
      return session === undefined ? null : { matching: session === null ? 0 : 1, isExact: true };
    },
  };
};

export type AdminSessions = ReturnType<typeof createAdminSessions>;
