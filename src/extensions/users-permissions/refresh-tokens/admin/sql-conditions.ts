import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';
import { REVOKED_REASONS, type SessionState } from '../core/session';
import type { SessionSource } from './overview';
import { COLUMNS, liveAt, SESSION, USER } from '../store/session-table';

/** Narrows a query. */
export type Condition = (query: Knex.QueryBuilder) => Knex.QueryBuilder;

/** Every reason of a revocation but theft. */
export const ENDED_REASONS = REVOKED_REASONS.filter((reason) => reason !== 'reuse-detected');

/** The names of the tables, with the schema that they are in. */
export interface Tables {
  readonly sessions: string;
  readonly users: string;
}

/** The names are read when they are used: Strapi knows them only once it has started the database. */
export const tablesOf = (db: Core.Strapi['db']): Tables => {
  const nameOf = (uid: string): string => {
    const schema = db.getSchemaName();
    const { tableName } = db.metadata.get(uid);
    return schema ? `${schema}.${tableName}` : tableName;
  };
  return {
    get sessions() {
      return nameOf(SESSION);
    },
    get users() {
      return nameOf(USER);
    },
  };
};

/** A column with this text in it, in any case, whatever characters it has. */
export const contains = (knex: Knex, column: string, text: string): Knex.Raw =>
  knex.raw("lower(??) like lower(?) escape '!'", [column, `%${text.replace(/[!%_]/g, '!$&')}%`]);

/** The users whose name or e-mail address has this text in it. No index helps: every user is read. */
export const isNamedLike =
  (knex: Knex, search: string): Condition =>
  (query) =>
    query.where((either) =>
      either.where(contains(knex, 'username', search)).orWhere(contains(knex, 'email', search)),
    );

/** Not revoked, and over all the same. */
export const isExpired =
  (now: number): Condition =>
  (query) =>
    query
      .whereNull(COLUMNS.revokedReason)
      .where((either) =>
        either.where(COLUMNS.expiresAt, '<=', now).orWhere(COLUMNS.absoluteExpiresAt, '<=', now),
      );

/** Live sessions: `liveAt` of the store, for knex. */
export const isLive =
  (now: number): Condition =>
  (query) => {
    const { revokedReason, ...ends } = liveAt(now);
    if (revokedReason.$null) query.whereNull(COLUMNS.revokedReason);
    for (const [field, { $gt }] of Object.entries(ends)) {
      query.where(COLUMNS[field as keyof typeof ends], '>', $gt);
    }
    return query;
  };

/** Revoked for one reason, or with null not revoked. */
export const isRevokedFor =
  (reason: string | null): Condition =>
  (query) =>
    query.where(COLUMNS.revokedReason, reason);

/** Sessions in a state: the same as `statusOf` says. */
export const isInState = (state: SessionState, now: number): Condition => {
  if (state === 'live') return isLive(now);
  if (state === 'reuse-detected') return isRevokedFor(state);
  return (query) =>
    query.where((either) =>
      either
        .whereIn(COLUMNS.revokedReason, ENDED_REASONS)
        .orWhere((expired) => void isExpired(now)(expired)),
    );
};

/** The sessions of a source. */
export const isOf = (knex: Knex, { users }: Tables, source: SessionSource): Condition => {
  switch (source.kind) {
    case 'all':
      return (query) => query;
    case 'users':
      return (query) =>
        query
          .whereIn(COLUMNS.userId, source.ids)
          .whereIn(COLUMNS.userDocumentId, source.documentIds);
    case 'device':
      return (query) => query.where(COLUMNS.deviceName, source.name);
    case 'address':
      return (query) => query.where(COLUMNS.ipAddress, source.address);
    case 'owner': {
      const { id, search } = source;
      const isNumber = typeof id === 'number';
      const owner = knex(users)
        .select('id')
        .where(isNumber ? { id } : { document_id: id });
      // The sessions of a user who is gone can still be found by the id that they had.
      const isForeign = knex(users)
        .where({ id })
        .whereNot('document_id', knex.ref(COLUMNS.userDocumentId));
      const owned: Condition = (query) =>
        isNumber
          ? query.where(COLUMNS.userId, id).whereNotExists(isForeign.clone())
          : query.whereIn(COLUMNS.userId, owner).where(COLUMNS.userDocumentId, id);
      if (search === undefined) return owned;
      return (query) =>
        owned(query).where((either) =>
          either
            .where(contains(knex, COLUMNS.deviceName, search))
            .orWhere(COLUMNS.ipAddress, search.toLowerCase())
            .orWhereIn(COLUMNS.userId, isNamedLike(knex, search)(owner.clone())),
        );
    }
  }
};
