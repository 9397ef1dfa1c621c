import { setImmediate } from 'node:timers/promises';
import pick from 'lodash/pick';
import { sessionEvent, type SessionEvent, type SessionEventName } from '../core/events';
import { endReasonOf, expiryOf, statusOf, toIso, type Session } from '../core/session';
import type { SessionStore } from '../core/session-store';
import type { RevocationService } from '../services/revoke';
import { BATCH_SIZE } from '../store/session-table';
import {
  MAXIMUM_ID,
  toCursor,
  type ListRequest,
  type RevokeTarget,
  type SessionFilter,
} from './requests';
import type { ListedSession, SessionSql } from './sql-sessions';

const REASON = 'revoked-by-admin';
/** How far the sessions that a revocation would end are counted. */
const COUNT_LIMIT = 10_000;

interface AdminSessionsDependencies {
  readonly sql: SessionSql;
  readonly store: Pick<SessionStore, 'findSession'>;
  readonly revoke: RevocationService['revoke'];
  readonly emit: (name: SessionEventName, event: SessionEvent) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The record of what administrators do. */
  readonly log: (message: string) => void;
}

/** A session as administrators see it. Times are ISO 8601. */
const toAdminSession = ({ session, user }: ListedSession, now: number) => {
  const { state, endedAt, reason } = statusOf(session, now);
  return {
    id: session.sessionId,
    user,
    ...pick(session, ['deviceName', 'userAgent', 'ipAddress', 'impersonatedBy']),
    loginAt: toIso(session.loginAt),
    lastUsedAt: toIso(session.rotatedAt),
    expiresAt: toIso(expiryOf(session)),
    state,
    endedAt: endedAt === null ? null : toIso(endedAt),
    reason,
  };
};

/** The same filter for live sessions; undefined where it means those in another state. */
const onlyLive = ({ state = 'live', ...conditions }: SessionFilter) =>
  state === 'live' ? { ...conditions, state } : undefined;

/** Creates what the admin API does with the sessions of all users. */
export const createAdminSessions = ({
  sql,
  store,
  revoke,
  emit,
  now,
  log,
}: AdminSessionsDependencies) => {
  const isLive = (session: Session): boolean => endReasonOf(session, now()) === null;

  const revokeMatching = async (filter: SessionFilter, adminId: number): Promise<number> => {
    const live = onlyLive(filter);
    if (!live) return 0;
    let count = 0;
    let found: ListedSession[];
    // Sessions that begin after the request are spared.
    let place = { loginAt: now(), rowId: MAXIMUM_ID };
    try {
      do {
        found = await sql.list(live, { place, side: 'older', limit: BATCH_SIZE }, now());
        const rowIds = found.map((row) => row.place.rowId);
        const revoked = await sql.revokeLive(rowIds, { reason: REASON, at: now() });
        for (const session of revoked) {
          emit('session.revoked', sessionEvent(session, REASON, adminId));
        }
        count += revoked.length;
        place = found.at(-1)?.place ?? place;
        // Other requests get their turn, also where the database answers at once.
        await setImmediate();
      } while (found.length === BATCH_SIZE);
    } finally {
      // What is done is on record, even where the rest has failed.
      log(`Sessions revoked by admin ${adminId}: ${count} (filter ${JSON.stringify(filter)})`);
    }
    return count;
  };

  return {
    /** Returns a page of the list, newest login first, and the cursors of the pages beside it. */
    async list({ filter, pageSize, place, side }: ListRequest) {
      const at = now();
      // One more than the page shows whether the list goes on.
      const found = await sql.list(filter, { place, side, limit: pageSize + 1 }, at);
      const goesOn = found.length > pageSize;
      const page = side === 'older' ? found.slice(0, pageSize) : found.slice(-pageSize);
      const hasNewer = side === 'older' ? place !== undefined : goesOn;
      const hasOlder = side === 'newer' || goesOn;
      return {
        results: page.map((row) => toAdminSession(row, at)),
        pagination: {
          pageSize,
          newer: hasNewer ? toCursor(page[0]?.place) : null,
          older: hasOlder ? toCursor(page.at(-1)?.place) : null,
        },
      };
    },

    /** Revokes a session, or all that match. Returns how many; null for an unknown session. */
    async revoke(target: RevokeTarget, adminId: number): Promise<number | null> {
      if ('filter' in target) return revokeMatching(target.filter, adminId);
      const session = await store.findSession(target.sessionId);
      if (!session) return null;
      const count = isLive(session) && (await revoke(session, REASON, adminId)) ? 1 : 0;
      log(`Sessions revoked by admin ${adminId}: ${count} (session ${target.sessionId})`);
      return count;
    },

    /** Counts what `revoke` would revoke, up to `COUNT_LIMIT`; null for an unknown session. */
    async count(target: RevokeTarget): Promise<{ matching: number; isExact: boolean } | null> {
      if ('sessionId' in target) {
        const session = await store.findSession(target.sessionId);
        return session && { matching: isLive(session) ? 1 : 0, isExact: true };
      }
      const live = onlyLive(target.filter);
      const count = live ? await sql.count(live, COUNT_LIMIT + 1, now()) : 0;
      return { matching: Math.min(count, COUNT_LIMIT), isExact: count <= COUNT_LIMIT };
    },
  };
};

export type AdminSessions = ReturnType<typeof createAdminSessions>;
