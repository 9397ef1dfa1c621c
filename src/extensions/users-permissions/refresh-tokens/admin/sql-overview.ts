import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import { LIST_LIMIT, type OverviewRow, type SessionOverview, type SessionSource } from './overview';
import { contains, isLive, isNamedLike, isOf, isRevokedFor, tablesOf } from './sql-conditions';
import { createParts } from './sql-parts';
import { COLUMNS, FIELDS, liveAt, SESSION, toSession, type Row } from '../store/session-table';

/** Users of a search that are looked at together. */
const USERS_LIMIT = 1000;
/** Devices of a search. */
const DEVICES_LIMIT = 50;
/** Rows to one revocation: well below the number of parameters that any database takes. */
const BATCH_SIZE = 500;

/** The columns of a session and its user, under the names that `toOverviewRow` knows. */
const LISTED = {
  ...Object.fromEntries(FIELDS.map((field) => [field, `session.${COLUMNS[field]}`])),
  ownerId: 'owner.id',
  documentId: 'owner.document_id',
  username: 'owner.username',
  email: 'owner.email',
};

const toOverviewRow = ({ ownerId, documentId, username, email, ...session }: Row): OverviewRow => ({
  session: toSession(session),
  user:
    ownerId === null
      ? null
      : ({ id: Number(ownerId), documentId, username, email } as OverviewRow['user']),
});

/**
 * What administrators need of the table `up_sessions`. A list is one statement: it finds its rows by
 * an index and reads a bounded number of them, however many are stored (docs/decisions/0015).
 */
export const createSessionOverview = (db: Core.Strapi['db']): SessionOverview => {
  const knex: Knex = db.connection;
  const tables = tablesOf(db);
  const partsOf = createParts(knex, tables);

  /** Every name of a device once: one probe of the index for each, instead of a look at every row. */
  const deviceNames = (query: Knex.QueryBuilder) =>
    query.withRecursive('devices', ['name'], (devices) =>
      devices
        .from(tables.sessions)
        .min(COLUMNS.deviceName)
        .unionAll((next) =>
          next
            .from('devices')
            .select(
              knex(tables.sessions)
                .min(COLUMNS.deviceName)
                .where(COLUMNS.deviceName, '>', knex.ref('devices.name'))
                .as('name'),
            )
            .whereNotNull('devices.name'),
        ),
    );

  /** Users have an id, devices have a name: null in their place has no type that Postgres could know. */
  const findMatches = async (search: string, usersBelow: number | undefined): Promise<Row[]> => {
    const users = isNamedLike(
      knex,
      search,
    )(
      knex(tables.users).select({
        userId: 'id',
        documentId: 'document_id',
        deviceName: knex.raw("''"),
      }),
    )
      .orderBy('id', 'desc')
      .limit(USERS_LIMIT + 1);
    if (usersBelow !== undefined) return users.where('id', '<', usersBelow);
    const devices = knex('devices')
      .select({ userId: knex.raw('0'), documentId: knex.raw("''"), deviceName: 'name' })
      .where(contains(knex, 'name', search))
      .limit(DEVICES_LIMIT);
    return deviceNames(
      knex
        .select('*')
        .from(users.as('users'))
        .unionAll(knex.select('*').from(devices.as('matching'))),
    );
  };

  return {
    async resolve({ search, userId }, usersBelow) {
      if (userId !== undefined) {
        return { sources: [{ kind: 'owner', id: userId, search }], moreUsersBelow: undefined };
      }
      if (search === undefined) return { sources: [{ kind: 'all' }], moreUsersBelow: undefined };

      const matches = await findMatches(search, usersBelow);
      const found = matches.filter(({ userId: id }) => Number(id) !== 0);
      const users = found.slice(0, USERS_LIMIT);
      const ids = users.map(({ userId: id }) => Number(id));
      const documentIds = users.map(({ documentId }) => String(documentId));
      const sources: SessionSource[] =
        users.length > 0 ? [{ kind: 'users', ids, documentIds }] : [];
      if (usersBelow === undefined) {
        for (const { userId: id, deviceName } of matches) {
          if (Number(id) === 0) sources.push({ kind: 'device', name: String(deviceName) });
        }
        sources.push({ kind: 'address', address: search.toLowerCase() });
      }
      return { sources, moreUsersBelow: found.length > ids.length ? ids.at(-1) : undefined };
    },

    async list({ sources, state, order, offset, limit, now }) {
      const inOrder = (query: Knex.QueryBuilder) =>
        query.orderBy('position', order.direction).orderBy('id', order.direction);
      const parts = sources.flatMap((source) => partsOf(source, state, order, now));
      const unseen = parts.flatMap(({ unseen: query }) => query ?? []);

      // SQLite takes an order within a union only one level further down.
      const [first, ...others] = parts.map(({ rows }) => knex.select('*').from(rows.as('part')));
      const union = others.length === 0 ? first : first?.union(others);
      if (!union) return { rows: [], total: 0, isTotalExact: true };

      const matching = inOrder(knex.select('id', 'position').from(union.as('parts')));
      const page = inOrder(knex.select('id', 'position').from('matching'));
      const rows: Row[] = await knex
        .with('matching', matching.limit(LIST_LIMIT + 1))
        .from(knex.count({ total: '*' }).from('matching').as('counted'))
        .leftJoin(page.offset(offset).limit(limit).as('page'), (join) => join.on(knex.raw('1 = 1')))
        .leftJoin({ session: tables.sessions }, 'session.id', 'page.id')
        .leftJoin(
          { owner: tables.users },
          {
            'owner.id': `session.${COLUMNS.userId}`,
            'owner.document_id': `session.${COLUMNS.userDocumentId}`,
          },
        )
        .select({ ...LISTED, rowId: 'page.id', total: 'counted.total' })
        .select(
          knex.raw(
            `case when ${unseen.map(() => 'exists ?').join(' or ') || '1 = 0'} then 1 else 0 end as ??`,
            [...unseen, 'isCut'],
          ),
        )
        .orderBy('page.position', order.direction)
        .orderBy('page.id', order.direction);

      const total = Number(rows[0]?.total ?? 0);
      return {
        // Beyond the last page there is the total alone.
        rows: rows.flatMap(({ rowId, total: _, isCut: __, ...row }) =>
          rowId === null ? [] : toOverviewRow(row),
        ),
        total: Math.min(total, LIST_LIMIT),
        isTotalExact: total <= LIST_LIMIT && Number(rows[0]?.isCut) === 0,
      };
    },

    async survey(now, since) {
      const live = isLive(now)(knex(tables.sessions))
        .select({ kind: knex.raw("'live'"), deviceName: COLUMNS.deviceName })
        .count({ sessions: '*' })
        .groupBy(COLUMNS.deviceName);
      const reuses = isRevokedFor('reuse-detected')(knex(tables.sessions))
        .select({ kind: knex.raw("'reuse'"), deviceName: knex.raw("''") })
        .count({ sessions: '*' })
        .where(COLUMNS.revokedAt, '>=', since);
      const counts: Row[] = await knex
        .select('*')
        .from(live.as('live'))
        .unionAll(knex.select('*').from(reuses.as('reuse')));

      const devices = counts
        .filter(({ kind }) => kind === 'live')
        .map(({ deviceName, sessions: count }) => ({
          deviceName: deviceName as string | null,
          sessions: Number(count),
        }))
        .sort((one, other) => other.sessions - one.sessions);
      const { sessions: reused } = counts.find(({ kind }) => kind === 'reuse') ?? {};
      return { devices, reuses: Number(reused ?? 0) };
    },

    async nextLive(source, { after, until }) {
      const query = isLive(until)(isOf(knex, tables, source)(knex(tables.sessions)));
      if (source.kind === 'all') query.orderBy(COLUMNS.revokedReason);
      if (after) {
        query
          .where(COLUMNS.loginAt, '>=', after.loginAt)
          .whereNot((passed) =>
            passed.where(COLUMNS.loginAt, after.loginAt).where('id', '<=', after.id),
          );
      }
      const rows: Row[] = await query
        .where(COLUMNS.loginAt, '<=', until)
        .select('id', { loginAt: COLUMNS.loginAt })
        .orderBy([COLUMNS.loginAt, 'id'])
        .limit(BATCH_SIZE);
      return rows.map(({ id, loginAt }) => ({ id: Number(id), loginAt: Number(loginAt) }));
    },

    async revokeLive(places, { reason, at }) {
      const id = { $in: places.map((place) => place.id) };
      const { count } = await db.query(SESSION).updateMany({
        where: { id, ...liveAt(at) },
        data: { revokedAt: at, revokedReason: reason },
      });
      if (count === 0) return [];
      // Update first, then read what the update did: nothing is announced on a stale read. By id alone:
      // after many revocations a planner takes the reason for the rarest condition, and it is not.
      const rows = await db.query(SESSION).findMany({ select: FIELDS, where: { id } });
      return rows
        .map(toSession)
        .filter(({ revokedAt, revokedReason }) => revokedAt === at && revokedReason === reason);
    },
  };
};
