import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import mapValues from 'lodash/mapValues';
import pick from 'lodash/pick';
import type { Session, SessionState } from '../core/session';
import type { Revocation } from '../core/session-store';
import { createRaceRetry } from '../store/lost-race';
import * as table from '../store/session-table';
import type { Place, SessionFilter } from './requests';

type Query = Knex.QueryBuilder;

// Qualified: the table of users has columns of the same names.
const ROW_ID = 'session.id';
const COLUMN = mapValues(table.COLUMNS, (column) => `session.${column}`);
const OWNER = {
  ownerId: 'owner.id',
  documentId: 'owner.document_id',
  username: 'owner.username',
  email: 'owner.email',
};

/** A session in a list, with its user; null when the account is gone. */
const toListedSession = (row: table.Row) => ({
  place: { loginAt: Number(row.loginAt), rowId: Number(row.rowId) },
  session: table.toSession(row),
  user:
    row.ownerId === null
      ? null
      : { id: Number(row.ownerId), ...pick(row, ['documentId', 'username', 'email']) },
});
export type ListedSession = ReturnType<typeof toListedSession>;

/** Narrows to live sessions: `liveAt`, for knex. */
const whereLive = (query: Query, now: number): Query => {
  const { revokedReason, ...ends } = table.liveAt(now);
  if (revokedReason.$null) query.whereNull(COLUMN.revokedReason);
  for (const [field, { $gt }] of Object.entries(ends)) {
    query.where(COLUMN[field as keyof typeof ends], '>', $gt);
  }
  return query;
};

/** Narrows to a state: the same three as in `statusOf`. */
const whereState = (query: Query, state: SessionState, now: number): Query => {
  const { revokedReason } = COLUMN;
  if (state === 'live') return whereLive(query, now);
  if (state === 'reuse-detected') return query.where(revokedReason, state);
  return query
    .whereNot((live) => void whereLive(live, now))
    .where((other) => other.whereNull(revokedReason).orWhereNot(revokedReason, 'reuse-detected'));
};

/** The statements on `up_sessions` that administrators need (docs/decisions/0015). */
export const createSessionSql = (db: Core.Strapi['db']) => {
  const retry = createRaceRetry(db);
  // Strapi knows its tables only once it has started the database.
  const sessions = () => db.getConnection(`${db.metadata.get(table.SESSION).tableName} as session`);
  const users = (alias: string) => `${db.metadata.get(table.USER).tableName} as ${alias}`;

  // PostgreSQL estimates `ilike` on a column from its statistics, `lower(column) like` not at all.
  const like = db.dialect.client === 'postgres' ? '?? ilike ?' : 'lower(??) like lower(?)';
  const contains = (column: string, text: string) =>
    db.connection.raw(`${like} escape '!'`, [column, `%${text.replace(/[!%_]/g, '!$&')}%`]);

  /** By id also the sessions of a deleted user, but none whose id is another user's by now. */
  const whereUser = (query: Query, userId: number | string): Query => {
    if (typeof userId === 'string') return query.where(OWNER.documentId, userId);
    const other = db
      .getConnection(users('other'))
      .where('other.id', userId)
      .whereNot('other.document_id', db.connection.ref(COLUMN.userDocumentId));
    return query.where(COLUMN.userId, userId).whereNotExists(other);
  };

  const matching = ({ user, device, address, state, userId }: SessionFilter, now: number) => {
    // Both ids have to match. As two equalities PostgreSQL takes them for independent, and a match for rare.
    const isSameDocument = db.connection.raw('case when ?? = ?? then 1 end is not null', [
      OWNER.documentId,
      COLUMN.userDocumentId,
    ]);
    const query = sessions().leftJoin(users('owner'), (join) =>
      join.on(OWNER.ownerId, COLUMN.userId).on(isSameDocument),
    );
    if (user !== undefined) {
      query.where((either) =>
        either.where(contains(OWNER.username, user)).orWhere(contains(OWNER.email, user)),
      );
    }
    if (device !== undefined) query.where(contains(COLUMN.deviceName, device));
    if (address !== undefined) query.where(COLUMN.ipAddress, address);
    if (userId !== undefined) whereUser(query, userId);
    if (state !== undefined) whereState(query, state, now);
    return query;
  };

  return {
    /** Returns the sessions next to a place on one side of it, or the newest, with the newest first. */
    async list(
      filter: SessionFilter,
      { place, side, limit }: { place?: Place | undefined; side: 'older' | 'newer'; limit: number },
      now: number,
    ): Promise<ListedSession[]> {
      const [sign, direction] = side === 'older' ? ['<', 'desc'] : ['>', 'asc'];
      const query = matching(filter, now);
      if (place) {
        const { loginAt, rowId } = place;
        query
          .where(COLUMN.loginAt, `${sign}=`, loginAt)
          .where((beyond) =>
            beyond.where(COLUMN.loginAt, sign, loginAt).orWhere(ROW_ID, sign, rowId),
          );
      }
      const rows: table.Row[] = await query
        .select({ rowId: ROW_ID, ...COLUMN, ...OWNER })
        .orderBy(COLUMN.loginAt, direction)
        .orderBy(ROW_ID, direction)
        .limit(limit);
      const listed = rows.map(toListedSession);
      return side === 'older' ? listed : listed.reverse();
    },

    /** Counts the sessions that match, up to a limit. */
    async count(filter: SessionFilter, limit: number, now: number): Promise<number> {
      const some = matching(filter, now).select(ROW_ID).limit(limit);
      const [row] = await db.connection.count<table.Row[]>({ found: '*' }).from(some.as('some'));
      return Number(row?.found);
    },

    /** Revokes those of these rows that are live at that moment, and returns them. */
    async revokeLive(rowIds: readonly number[], { reason, at }: Revocation): Promise<Session[]> {
      const query = db.query(table.SESSION);
      const id = { $in: rowIds };
      const { count } = await retry(() =>
        query.updateMany({
          where: { id, ...table.liveAt(at) },
          data: { revokedAt: at, revokedReason: reason },
        }),
      );
      if (count === 0) return [];
      // Update first, then read what the update did: no event is emitted on a stale read. By id alone:
      // after many revocations a planner takes the reason for the rarest condition, and it is not.
      const rows = await retry(() => query.findMany({ select: table.FIELDS, where: { id } }));
      return rows
        .map(table.toSession)
        .filter(({ revokedAt, revokedReason }) => revokedAt === at && revokedReason === reason);
    },

    /** Counts the live sessions of each device, most first. Reads the whole table. */
    async countLiveByDevice(now: number) {
      const rows: { deviceName: string | null; count: unknown }[] = await whereLive(sessions(), now)
        .select({ deviceName: COLUMN.deviceName })
        .count({ count: '*' })
        .groupBy(COLUMN.deviceName);
      return rows
        .map(({ deviceName, count }) => ({ deviceName, sessions: Number(count) }))
        .sort((one, other) => other.sessions - one.sessions);
    },

    /** Counts the sessions that were revoked for reuse at this moment or later. */
    async countReuses(since: number): Promise<number> {
      const [row] = await sessions()
        .where(COLUMN.revokedReason, 'reuse-detected')
        .where(COLUMN.revokedAt, '>=', since)
        .count<table.Row[]>({ reuses: '*' });
      return Number(row?.reuses);
    },
  };
};

export type SessionSql = ReturnType<typeof createSessionSql>;
