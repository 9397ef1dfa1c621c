import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import chunk from 'lodash/chunk';
import mapKeys from 'lodash/mapKeys';
import mapValues from 'lodash/mapValues';
import once from 'lodash/once';
import type { AccountState } from '../core/account';
import { isSessionId, type Owner, type Session, type SessionWithUser } from '../core/session';
import type { Revocation, SessionStore } from '../core/session-store';
import { createRaceRetry } from './lost-race';
import type { RunStatement, Value } from './prepared-statements';
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
import { createBatchedChange } from './table-batches';

type Database = Core.Strapi['db'];

// SQLite and MySQL have no booleans, and all three may be null.
const toAccountState = ({ blocked, confirmed, hasRole }: Row): AccountState => ({
  blocked: Boolean(blocked),
  confirmed: Boolean(confirmed),
  hasRole: Boolean(hasRole),
});

/** The column has 32 bits, and PostgreSQL refuses a larger number as a fault. */
const LARGEST_GENERATION = 2 ** 31 - 1;

/** The condition on the table of users. */
const isNotBlocked = (users: Knex.QueryBuilder) =>
  users.whereNull('blocked').orWhere('blocked', false);

/**
 * Creates the store of the table `up_sessions`.
 *
 * What each login, refresh and authenticated request needs uses knex: a refresh then takes two statements
 * instead of the three of Strapi's query engine, and about half the time (docs/decisions/0003); an insert
 * takes one instead of four, and can be conditional. So does the read of `deleteOwnerless`, a join that the
 * query engine cannot express. All other statements use the query engine.
 *
 * @param run runs the statements of each refresh
 * @param mayLackOwner whether a row without a `userDocumentId` belongs to the user of its id: see
 *   `strapi/owner-backfill.ts`
 */
export const createSessionStore = (
  db: Database,
  run: RunStatement,
  mayLackOwner: () => boolean = () => false,
): SessionStore => {
  const canReturn = db.dialect.client !== 'mysql';
  const retry = createRaceRetry(db);
  const changeInBatches = createBatchedChange(db);
  // `once`, because Strapi's metadata is empty until the database has started.
  const query = once(() => db.query(SESSION));
  const tables = once(() => ({
    sessions: db.metadata.get(SESSION).tableName,
    users: db.metadata.get(USER).tableName,
  }));
  /** The table that links users and roles. */
  const roleLink = once(() => {
    const { role } = db.metadata.get(USER).attributes;
    return (role as { joinTable: { name: string; joinColumn: { name: string } } }).joinTable;
  });
  const selection = once(() => mapValues(COLUMNS, (column) => `${tables().sessions}.${column}`));

  const revokeWhere = async (
    where: Record<string, unknown>,
    { reason, at }: Revocation,
  ): Promise<Session[]> => {
    const { count } = await retry(() =>
      query().updateMany({
        where: { ...where, revokedAt: { $null: true } },
        data: { revokedAt: at, revokedReason: reason },
      }),
    );
    if (count === 0) return [];
    // The `UPDATE` comes first, so that nothing is decided on a stale read.
    const rows = await retry(() =>
      query().findMany({
        select: FIELDS,
        where: { ...where, revokedAt: at, revokedReason: reason },
      }),
    );
    return rows.map(toSession);
  };

  const findLatest = async (
    where: Record<string, unknown>,
    { offset = 0 } = {},
  ): Promise<Session[]> => {
    const order = { orderBy: [{ id: 'desc' }], offset, limit: BATCH_SIZE };
    return (await query().findMany({ select: FIELDS, where, ...order })).map(toSession);
  };

  // The condition again: a row may have changed since it was read.
  const deleteWhere = async (where: Record<string, unknown>): Promise<number> =>
    (await retry(() => query().deleteMany({ where }))).count;

  // Id and document id of a user both have to match.
  const ownedBy = (owners: readonly Owner[]) => ({
    userId: { $in: owners.map(({ id }) => id) },
    $or: [
      { userDocumentId: { $in: owners.map(({ documentId }) => documentId) } },
      ...(mayLackOwner() ? [{ userDocumentId: { $null: true } }] : []),
    ],
  });

  const select = (sessionId: Knex.Value) =>
    db.getConnection(tables().sessions).where(selection().sessionId, sessionId).select(selection());

  const accountColumns = once(() => ({
    foundUserId: `${tables().users}.id`,
    foundDocumentId: `${tables().users}.document_id`,
    blocked: `${tables().users}.blocked`,
    confirmed: `${tables().users}.confirmed`,
  }));

  /** Selects 1 for a user who has a role, or else nothing. */
  const selectRole = () =>
    db
      .getConnection(roleLink().name)
      .where(roleLink().joinColumn.name, db.connection.ref(accountColumns().foundUserId))
      .select(db.connection.raw('1'))
      .limit(1);
  const hasRole = () => selectRole().as('hasRole');

  const selectWithUser = (sessionId: Knex.Value) =>
    select(sessionId)
      .leftJoin(tables().users, `${tables().users}.id`, selection().userId)
      .select(accountColumns(), hasRole());

  const selectAccount = (userId: Knex.Value) =>
    db
      .getConnection(tables().users)
      .where(`${tables().users}.id`, userId)
      .select(accountColumns(), hasRole());

  const updateRotated = (
    sessionId: Knex.Value,
    from: Knex.Value,
    changes: Partial<Record<keyof Session, Knex.Value | Knex.Raw>>,
  ) =>
    db
      .getConnection(tables().sessions)
      .where({ [COLUMNS.sessionId]: sessionId, [COLUMNS.generation]: from })
      .whereNull(COLUMNS.revokedAt)
      // `ip_address` is the only indexed column here. While it stays the same, PostgreSQL can update the
      // row in place (HOT, docs/decisions/0016).
      .update(mapKeys(changes, (_value, field) => COLUMNS[field as keyof Session]));

  /** The row `rotate` of design section 5 as a condition, which `judge` in `core/judge.ts` states as well. */
  const rotateCurrent = (
    sessionId: Knex.Value,
    from: Knex.Value,
    generation: Knex.Value,
    now: Knex.Value,
    rotatedBefore: Knex.Value,
    idleEnd: Knex.Value,
    ipAddress: Knex.Value,
    retryKeyHash: Knex.Value,
  ) => {
    const usableAccount = db
      .getConnection(tables().users)
      .select(db.connection.raw('1'))
      .where(accountColumns().foundUserId, db.connection.ref(selection().userId))
      .where(accountColumns().foundDocumentId, db.connection.ref(selection().userDocumentId))
      .where(isNotBlocked)
      .where({ confirmed: true })
      .whereExists(selectRole());
    const { absoluteExpiresAt } = COLUMNS;
    const expiresAt = db.connection.raw('case when ?? < ? then ?? else ? end', [
      ...[absoluteExpiresAt, idleEnd],
      ...[absoluteExpiresAt, idleEnd],
    ]);
    return updateRotated(sessionId, from, {
      ...{ generation, rotatedAt: now, expiresAt, ipAddress, retryKeyHash },
    })
      .where(COLUMNS.expiresAt, '>', now)
      .where(absoluteExpiresAt, '>', now)
      .where(COLUMNS.rotatedAt, '<', rotatedBefore)
      .whereExists(usableAccount)
      .returning(FIELDS.map((field) => `${COLUMNS[field]} as ${field}`));
  };

  /** Columns that Strapi fills in each of its rows, such as `document_id` and `created_at`. */
  const generatedColumns = (): Row => {
    const generated: Row = {};
    for (const attribute of Object.values(db.metadata.get(SESSION).attributes)) {
      if (!('columnName' in attribute && 'default' in attribute)) continue;
      const { columnName, default: value } = attribute;
      if (typeof value === 'function') generated[String(columnName)] = value();
    }
    return generated;
  };

  /** The values of a new row by column, always in the same order. */
  const newRow = (session: Session): Row => ({
    ...generatedColumns(),
    ...Object.fromEntries(FIELDS.map((field) => [COLUMNS[field], session[field] ?? null])),
  });

  const insertWhereAllowed = (
    columns: readonly string[],
    values: readonly Knex.Value[],
    [userId, documentId, passwordHash]: readonly Knex.Value[],
  ) => {
    const { connection } = db;
    const allowed = db
      .getConnection(tables().users)
      .select(values.map((value) => connection.raw('?', [value])))
      .where({ id: userId, document_id: documentId })
      .where(isNotBlocked)
      .forShare();
    if (passwordHash !== undefined) allowed.where({ password: passwordHash });
    const schema = db.getSchemaName();
    const table = schema ? `${schema}.${tables().sessions}` : tables().sessions;
    // Raw, because knex resolves the insert of a selection to the last id, also when nothing was inserted.
    const { sql, bindings } = allowed.toSQL();
    return connection.raw(`insert into ?? (${columns.map(() => '??').join(', ')}) ${sql}`, [
      table,
      ...columns,
      ...bindings,
    ]);
  };

  return {
    async findAccount(userId) {
      const [row] = (await run('find_account', [userId], selectAccount)).rows;
      return row ? { ...toAccountState(row), documentId: String(row.foundDocumentId) } : null;
    },

    async insert(session, passwordHash) {
      const label = passwordHash === undefined ? 'insert_session' : 'insert_session_by_password';
      const row = newRow(session);
      const columns = Object.keys(row);
      const values = [
        ...Object.values(row),
        ...[session.userId, session.userDocumentId],
        ...(passwordHash === undefined ? [] : [passwordHash]),
      ] as Value[];
      const { count } = await run(label, values, (...all) =>
        insertWhereAllowed(columns, all.slice(0, columns.length), all.slice(columns.length)),
      );
      return count === 1;
    },

    async find(sessionId): Promise<SessionWithUser | null> {
      // Any text can be in a signed token, and PostgreSQL fails on a NUL.
      if (!isSessionId(sessionId)) return null;
      const [row] = (await run('find_session_with_user', [sessionId], selectWithUser)).rows;
      if (!row) return null;

      const { foundUserId, foundDocumentId, blocked, confirmed, hasRole, ...columns } = row;
      const session = toSession(columns);
      if (foundUserId === null) return { session, user: null };
      const isOwner =
        session.userDocumentId === null
          ? mayLackOwner()
          : session.userDocumentId === foundDocumentId;
      return isOwner ? { session, user: toAccountState({ blocked, confirmed, hasRole }) } : null;
    },

    async findSession(sessionId) {
      if (!isSessionId(sessionId)) return null;
      const [row] = (await run('find_session', [sessionId], select)).rows;
      return row ? toSession(row) : null;
    },

    async rotate({ sessionId, from, to, rotatedAt, expiresAt, ipAddress, retryKeyHash }) {
      const values = [sessionId, from, to, rotatedAt, expiresAt, ipAddress, retryKeyHash];
      const { count } = await run(
        'rotate_session',
        values,
        (id, generation, next, begun, end, address, key) =>
          updateRotated(id, generation, {
            generation: next,
            rotatedAt: begun,
            expiresAt: end,
            ipAddress: address,
            retryKeyHash: key,
          }),
      );
      return count === 1;
    },

    async rotateCurrent({ sessionId, generation, at, refreshTtl, leeway, ...changes }) {
      if (!canReturn || !isSessionId(sessionId) || generation >= LARGEST_GENERATION) return null;
      // Generation 0 began with a login, and without a leeway nothing is repeated.
      const rotatedBefore = generation > 0 && leeway > 0 ? at - leeway : Number.MAX_SAFE_INTEGER;
      const { rows } = await run(
        'rotate_current_session',
        [
          ...[sessionId, generation, generation + 1, at, rotatedBefore, at + refreshTtl],
          ...[changes.ipAddress, changes.retryKeyHash],
        ],
        rotateCurrent,
      );
      return rows[0] ? toSession(rows[0]) : null;
    },

    async revoke(sessionId, { reason, at }) {
      const { count } = await retry(() =>
        query().updateMany({
          where: { sessionId, revokedAt: { $null: true } },
          data: { revokedAt: at, revokedReason: reason },
        }),
      );
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

    listLive: (owner, now) => findLatest({ ...ownedBy([owner]), ...liveAt(now) }),

    listSurplus: (owner, now, limit) =>
      findLatest(
        { ...ownedBy([owner]), ...liveAt(now), impersonatedBy: { $null: true } },
        { offset: limit },
      ),

    deleteEnded(before, signal) {
      const ended = {
        $or: [
          { absoluteExpiresAt: { $lt: before } },
          { expiresAt: { $lt: before } },
          { revokedAt: { $lt: before } },
        ],
      };
      return changeInBatches(
        {
          find: ({ after, upTo }) =>
            query().findMany({
              select: ['id'],
              where: { id: { $gt: after, $lte: upTo }, ...ended },
            }),
          change: (ids) => deleteWhere({ id: { $in: ids }, ...ended }),
        },
        signal,
      );
    },

    deleteOwnerless(signal) {
      const { sessions, users } = tables();
      return changeInBatches(
        {
          find({ after, upTo }) {
            const ownerless = db
              .getConnection(sessions)
              .leftJoin(users, {
                [`${users}.id`]: selection().userId,
                [`${users}.document_id`]: selection().userDocumentId,
              })
              .where(`${sessions}.id`, '>', after)
              .where(`${sessions}.id`, '<=', upTo)
              .whereNull(selection().revokedAt)
              .whereNull(`${users}.id`);
            if (mayLackOwner()) ownerless.whereNotNull(selection().userDocumentId);
            return ownerless.select<Row[]>(`${sessions}.id`);
          },
          change: (ids) => deleteWhere({ id: { $in: ids }, revokedAt: { $null: true } }),
        },
        signal,
      );
    },
  };
};
