import type { Core } from '@strapi/strapi';
import chunk from 'lodash/chunk';
import mapValues from 'lodash/mapValues';
import once from 'lodash/once';
import type { AccountState } from '../core/account';
import { isSessionId, type Owner, type Session, type SessionWithUser } from '../core/session';
import type { Revocation, SessionStore } from '../core/session-store';
import { createStatementRunner } from './prepared-statements';
import {
  BATCH_SIZE,
  COLUMNS,
  FIELDS,
  liveAt,
  SESSION,
  toSession,
  USER,
  type Row,
} from './session-table';

type Database = Core.Strapi['db'];

// SQLite and MySQL have no booleans, and both columns may be null.
const toAccountState = ({ blocked, confirmed }: Row): AccountState => ({
  blocked: Boolean(blocked),
  confirmed: Boolean(confirmed),
});

/**
 * Creates the store of the table `up_sessions`.
 *
 * `find`, `findSession` and `rotate` use knex: a refresh then takes two statements instead of the three
 * of Strapi's query engine, and about half the time (docs/decisions/0003). So does the read of
 * `deleteOwnerless`, a join that the query engine cannot express. All other statements use the query
 * engine: it joins an open transaction, such as the one around the hooks of `strapi/account-changes.ts`.
 * On SQLite, which has one connection, knex would wait for that transaction for ever.
 *
 * @param warn is called when the database refuses prepared statements
 * @param mayLackOwner whether a row without a `userDocumentId` belongs to the user of its id: see
 *   `strapi/owner-backfill.ts`
 */
export const createSessionStore = (
  db: Database,
  warn: (message: string) => void,
  mayLackOwner: () => boolean = () => false,
): SessionStore => {
  const run = createStatementRunner(db, warn);
  // `once`, because Strapi's metadata is empty until the database has started.
  const query = once(() => db.query(SESSION));
  const tables = once(() => ({
    sessions: db.metadata.get(SESSION).tableName,
    users: db.metadata.get(USER).tableName,
  }));
  const selection = once(() => mapValues(COLUMNS, (column) => `${tables().sessions}.${column}`));

  const revokeWhere = async (
    where: Record<string, unknown>,
    { reason, at }: Revocation,
  ): Promise<Session[]> => {
    const { count } = await query().updateMany({
      where: { ...where, revokedAt: { $null: true } },
      data: { revokedAt: at, revokedReason: reason },
    });
    if (count === 0) return [];
    // The `UPDATE` comes first, so that nothing is decided on a stale read.
    const rows = await query().findMany({
      select: FIELDS,
      where: { ...where, revokedAt: at, revokedReason: reason },
    });
    return rows.map(toSession);
  };

  // Id and document id of a user both have to match.
  const ownedBy = (owners: readonly Owner[]) => ({
    userId: { $in: owners.map(({ id }) => id) },
    $or: [
      { userDocumentId: { $in: owners.map(({ documentId }) => documentId) } },
      ...(mayLackOwner() ? [{ userDocumentId: { $null: true } }] : []),
    ],
  });

  const select = (sessionId: string) =>
    db
      .getConnection(tables().sessions)
      .where(selection().sessionId, sessionId)
      .first<Row | undefined>(selection());

  const selectWithUser = (sessionId: string) =>
    select(sessionId)
      .leftJoin(tables().users, `${tables().users}.id`, selection().userId)
      .select({
        foundUserId: `${tables().users}.id`,
        foundDocumentId: `${tables().users}.document_id`,
        blocked: `${tables().users}.blocked`,
        confirmed: `${tables().users}.confirmed`,
      });

  return {
    async findAccount(userId) {
      const user = await db
        .query(USER)
        .findOne({ select: ['documentId', 'blocked', 'confirmed'], where: { id: userId } });
      return user && { ...toAccountState(user), documentId: String(user.documentId) };
    },

    async insert(session) {
      await query().create({ data: { ...session } });
    },

    async find(sessionId): Promise<SessionWithUser | null> {
      // Any text can be in a signed token, and PostgreSQL fails on a NUL.
      if (!isSessionId(sessionId)) return null;
      const row = await run('find_session_with_user', () => selectWithUser(sessionId));
      if (!row) return null;

      const { foundUserId, foundDocumentId, blocked, confirmed, ...columns } = row;
      const session = toSession(columns);
      if (foundUserId === null) return { session, user: null };
      const isOwner =
        session.userDocumentId === null
          ? mayLackOwner()
          : session.userDocumentId === foundDocumentId;
      return isOwner ? { session, user: toAccountState({ blocked, confirmed }) } : null;
    },

    async findSession(sessionId) {
      if (!isSessionId(sessionId)) return null;
      const row = await run('find_session', () => select(sessionId));
      return row ? toSession(row) : null;
    },

    async rotate({ sessionId, from, to, rotatedAt, expiresAt, ipAddress, retryKeyHash }) {
      // `ip_address` is the only indexed column here. While it stays the same, PostgreSQL can update the
      // row in place (HOT, docs/decisions/0016).
      const count = await run('rotate_session', () =>
        db
          .getConnection(tables().sessions)
          .where({ [COLUMNS.sessionId]: sessionId, [COLUMNS.generation]: from })
          .whereNull(COLUMNS.revokedAt)
          .update({
            [COLUMNS.generation]: to,
            [COLUMNS.rotatedAt]: rotatedAt,
            [COLUMNS.expiresAt]: expiresAt,
            [COLUMNS.ipAddress]: ipAddress,
            [COLUMNS.retryKeyHash]: retryKeyHash,
          }),
      );
      return count === 1;
    },

    async revoke(sessionId, { reason, at }) {
      const { count } = await query().updateMany({
        where: { sessionId, revokedAt: { $null: true } },
        data: { revokedAt: at, revokedReason: reason },
      });
      return count === 1;
    },

    async revokeAll(owners, revocation, exceptSessionId) {
      const revoked: Session[] = [];
      for (const some of chunk(owners, BATCH_SIZE)) {
        const owned = {
          ...ownedBy(some),
          ...(exceptSessionId === undefined ? {} : { sessionId: { $ne: exceptSessionId } }),
        };
        revoked.push(...(await revokeWhere(owned, revocation)));
      }
      return revoked;
    },

    async listLive(owner, { now, offset = 0 }) {
      const rows = await query().findMany({
        select: FIELDS,
        where: { ...ownedBy([owner]), ...liveAt(now) },
        orderBy: [{ loginAt: 'desc' }, { id: 'desc' }],
        offset,
        limit: BATCH_SIZE,
      });
      return rows.map(toSession);
    },

    async deleteEnded(before) {
      const ended = {
        $or: [
          { absoluteExpiresAt: { $lt: before } },
          { expiresAt: { $lt: before } },
          { revokedAt: { $lt: before } },
        ],
      };
      let deleted = 0;
      let lastId = 0;
      // By primary key, so that all batches together read the table once.
      for (;;) {
        const batch = await query().findMany({
          select: ['id'],
          where: { id: { $gt: lastId }, ...ended },
          orderBy: { id: 'asc' },
          limit: BATCH_SIZE,
        });
        const ids = batch.map(({ id }) => Number(id));
        if (ids.length === 0) return deleted;
        // The condition again: a row may have changed since it was read.
        const { count } = await query().deleteMany({ where: { id: { $in: ids }, ...ended } });
        deleted += count;
        lastId = ids[ids.length - 1] ?? lastId;
      }
    },

    async deleteOwnerless() {
      const { sessions, users } = tables();
      let deleted = 0;
      let lastId = 0;
      for (;;) {
        const ownerless = db
          .getConnection(sessions)
          .leftJoin(users, {
            [`${users}.id`]: selection().userId,
            [`${users}.document_id`]: selection().userDocumentId,
          })
          .where(`${sessions}.id`, '>', lastId)
          .whereNull(selection().revokedAt)
          .whereNull(`${users}.id`)
          .orderBy(`${sessions}.id`)
          .limit(BATCH_SIZE);
        if (mayLackOwner()) ownerless.whereNotNull(selection().userDocumentId);
        const batch: Row[] = await ownerless.select(`${sessions}.id`);
        const ids = batch.map(({ id }) => Number(id));
        if (ids.length === 0) return deleted;
        const { count } = await query().deleteMany({
          where: { id: { $in: ids }, revokedAt: { $null: true } },
        });
        deleted += count;
        lastId = ids[ids.length - 1] ?? lastId;
      }
    },
  };
};
