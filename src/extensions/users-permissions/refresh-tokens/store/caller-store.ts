import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import compact from 'lodash/compact';
import isEqual from 'lodash/isEqual';
import once from 'lodash/once';
import type { CallerUser, StoredCaller } from '../core/caller';
import { isSessionId } from '../core/session';
import { createEntityReader, type EntityReader } from './entity-reader';
import type { RunStatement } from './prepared-statements';
import { COLUMNS, SESSION, USER, type Row } from './session-table';

type Database = Core.Strapi['db'];

const ROLE = 'plugin::users-permissions.role';
const PERMISSION = 'plugin::users-permissions.permission';

/** No name of an action has a line break. */
const SEPARATOR = '\n';

/** A table that links the rows of another one to roles, and its two columns. */
interface RoleLink {
  readonly table: string;
  readonly own: string;
  readonly role: string;
}

/** PostgreSQL returns 64-bit integers as text. */
const toLimits = (row: Row): StoredCaller['session'] => ({
  userId: Number(row.userId),
  revokedAt: row.revokedAt === null ? null : Number(row.revokedAt),
  expiresAt: Number(row.expiresAt),
  absoluteExpiresAt: Number(row.absoluteExpiresAt),
});

/** How Strapi's `fetchAuthenticatedUser` reads a user. */
const readingOf = (id: number) => ({ where: { id }, populate: ['role'] });

/**
 * Creates the function that reads the caller of an access token by the id of its session: session, user, role and the
 * role's actions, in one statement. MySQL and MariaDB need a second one for the actions: they cut concatenated text off
 * at `group_concat_max_len`. The user is as Strapi's `fetchAuthenticatedUser` returns it, and lifecycle hooks run.
 *
 * @param run runs the statements
 * @param mayLackOwner see `createSessionStore`
 * @returns a function that resolves to null when no such session exists, and when its user id belongs to another user
 * since an import
 */
export const createCallerReader = (
  db: Database,
  run: RunStatement,
  mayLackOwner: () => boolean,
): ((sessionId: string) => Promise<StoredCaller | null>) => {
  const tableOf = (uid: string): string => db.metadata.get(uid).tableName;
  const roleLinkOf = (uid: string): RoleLink => {
    const { joinTable } = db.metadata.get(uid).attributes.role as {
      joinTable: Record<'joinColumn' | 'inverseJoinColumn', { name: string }> & { name: string };
    };
    const { name: table, joinColumn, inverseJoinColumn } = joinTable;
    return {
      table,
      own: `${table}.${joinColumn.name}`,
      role: `${table}.${inverseJoinColumn.name}`,
    };
  };
  // `once`, because Strapi's metadata is empty until the database has started.
  const readers = once((): Record<'user' | 'role', EntityReader> => ({
    user: createEntityReader(db, USER, 'u'),
    role: createEntityReader(db, ROLE, 'r'),
  }));
  const roleId = (): string => `${tableOf(ROLE)}.id`;

  const actionsOf = (role: Knex.Value | Knex.Ref<string, Record<string, string>>) => {
    const [table, link] = [tableOf(PERMISSION), roleLinkOf(PERMISSION)];
    return db
      .getConnection(table)
      .join(link.table, link.own, `${table}.id`)
      .where(link.role, role as Knex.Value);
  };
  const action = (): string => `${tableOf(PERMISSION)}.action`;

  const selectCaller = (sessionId: Knex.Value) => {
    const [session, user, role] = [SESSION, USER, ROLE].map(tableOf) as [string, string, string];
    const link = roleLinkOf(USER);
    return db
      .getConnection(session)
      .leftJoin(user, `${user}.id`, `${session}.${COLUMNS.userId}`)
      .leftJoin(link.table, link.own, `${user}.id`)
      .leftJoin(role, roleId(), link.role)
      .where(`${session}.${COLUMNS.sessionId}`, sessionId)
      .select({
        userId: `${session}.${COLUMNS.userId}`,
        userDocumentId: `${session}.${COLUMNS.userDocumentId}`,
        revokedAt: `${session}.${COLUMNS.revokedAt}`,
        expiresAt: `${session}.${COLUMNS.expiresAt}`,
        absoluteExpiresAt: `${session}.${COLUMNS.absoluteExpiresAt}`,
        ...readers().user.selection,
        ...readers().role.selection,
      });
  };

  const concatenation = { postgres: 'string_agg', sqlite: 'group_concat' }[db.dialect.client];
  const selectWithActions = (sessionId: Knex.Value) => {
    if (!concatenation) return selectCaller(sessionId);
    const text = db.connection.raw(`${concatenation}(??, ?)`, [action(), SEPARATOR]);
    const actions = actionsOf(db.connection.ref(roleId())).select(text).as('actions');
    return selectCaller(sessionId).select(actions);
  };

  const findActions = async (id: number): Promise<string[]> => {
    const { rows } = await run('find_actions', [id], (role) =>
      actionsOf(role).select({ action: action() }),
    );
    return rows.map((row) => String(row.action));
  };

  const toUser = async (row: Row): Promise<CallerUser | null> => {
    const { user, role } = readers();
    const found = await user.read(row);
    if (!found) return null;
    const [expected, params] = [readingOf(found.id), readingOf(found.id)];
    const states = await db.lifecycles.run('beforeFindOne', USER, { params });
    // A hook changes how the user is read: only the query engine can do that.
    if (!isEqual(params, expected)) return db.query(USER).findOne(expected);
    const result = { ...found, role: await role.read(row) };
    await db.lifecycles.run('afterFindOne', USER, { params, result }, states);
    return result as unknown as CallerUser;
  };

  /** Sessions of users who have got another id in an import belong to nobody. */
  const isOwner = ({ userDocumentId: owner }: Row, { documentId }: CallerUser): boolean =>
    owner === null ? mayLackOwner() : owner === documentId;

  const actionsIn = async (row: Row, user: CallerUser | null): Promise<string[]> => {
    if (!user?.role) return [];
    return concatenation
      ? compact(String(row.actions).split(SEPARATOR))
      : findActions(user.role.id);
  };

  return async (sessionId) => {
    // Any text can be in a signed token, and PostgreSQL fails on a NUL.
    if (!isSessionId(sessionId)) return null;
    const [row] = (await run('find_caller', [sessionId], selectWithActions)).rows;
    if (!row) return null;
    const user = await toUser(row);
    if (user && !isOwner(row, user)) return null;
    return { session: toLimits(row), user, actions: await actionsIn(row, user) };
  };
};
