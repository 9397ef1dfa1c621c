import type { Knex } from 'knex';
import type { SessionState } from '../core/session';
import { LIST_LIMIT, type SessionOrder, type SessionSource } from './overview';
import {
  ENDED_REASONS,
  isExpired,
  isInState,
  isOf,
  isRevokedFor,
  type Condition,
  type Tables,
} from './sql-conditions';
import { COLUMNS } from '../store/session-table';

/**
 * Sessions that are looked at where an index leads to more than are wanted. All of them lie in the order
 * of their login; those of one device or address are scattered, and cost more to look at.
 */
const SCAN_LIMIT = 50_000;
const SCATTERED_SCAN_LIMIT = 15_000;

const ORDER_COLUMNS = {
  loginAt: COLUMNS.loginAt,
  lastUsedAt: COLUMNS.rotatedAt,
  expiresAt: COLUMNS.expiresAt,
} as const satisfies Record<SessionOrder['field'], string>;

/** A list is the union of its parts; each yields `id` and `position`, its place in the order. */
export interface Part {
  readonly rows: Knex.QueryBuilder;
  /** Yields a row where there are more than this part has looked at. */
  readonly unseen?: Knex.QueryBuilder;
}

/** How to read a part: along an index, and what else has to hold of its rows. */
interface Path {
  /** The column before the time of login, in an index on `revoked_reason`. */
  readonly first?: string | undefined;
  /** What the index does not know. */
  readonly filter?: Condition;
}

/**
 * Makes what cuts a list into parts that an index answers, in the order of the list. What a filter
 * has to look for among other rows is looked for in the first of them only, up to a limit.
 */
export const createParts = (knex: Knex, tables: Tables) => {
  const along = (from: Condition, { field, direction }: SessionOrder, first?: string) => {
    const query = from(knex(tables.sessions));
    // Postgres takes no `is null` for a constant: the order has to begin as the index does.
    if (first !== undefined) query.orderBy(first, direction);
    return query.orderBy(ORDER_COLUMNS[field], direction).orderBy('id', direction);
  };

  const part = (from: Condition, order: SessionOrder, { first, filter }: Path = {}): Part => {
    const position = { position: ORDER_COLUMNS[order.field] };
    const found = along(from, order, first);
    if (!filter) return { rows: found.select('id', position).limit(LIST_LIMIT + 1) };

    const { revokedReason, expiresAt, absoluteExpiresAt } = COLUMNS;
    const most = first === undefined ? SCATTERED_SCAN_LIMIT : SCAN_LIMIT;
    const scanned = found
      .clone()
      .select('id', position, revokedReason, expiresAt, absoluteExpiresAt)
      .limit(most);
    return {
      rows: filter(knex.select('id', 'position').from(scanned.as('scanned')))
        .orderBy('position', order.direction)
        .orderBy('id', order.direction)
        .limit(LIST_LIMIT + 1),
      unseen: found.select('id').offset(most).limit(1),
    };
  };

  return (
    source: SessionSource,
    state: SessionState | undefined,
    order: SessionOrder,
    now: number,
  ): Part[] => {
    const from = isOf(knex, tables, source);
    const both =
      (condition: Condition): Condition =>
      (query) =>
        condition(from(query));
    if (state === undefined) return [part(from, order)];
    const first = source.kind === 'all' ? COLUMNS.revokedReason : undefined;
    const isNarrow = source.kind === 'users' || source.kind === 'owner';
    // Few sessions belong to the users of a search, most are live, and each theft has its reason.
    if (isNarrow || state !== 'ended') return [part(both(isInState(state, now)), order, { first })];

    const revoked = ENDED_REASONS.map((reason) =>
      part(both(isRevokedFor(reason)), order, { first }),
    );
    const expired = { first, filter: isExpired(now) };
    return [...revoked, part(both(isRevokedFor(null)), order, expired)];
  };
};
