import type { Core } from '@strapi/strapi';
import { parseType } from '@strapi/utils';
import type { Owner, RevokedReason } from '../core/session';
import { USER } from '../store/session-table';
import type { StoredAccount } from './user-store';

/** The event that Strapi passes to a lifecycle hook before and after a change. */
interface ChangeEvent {
  readonly params: { readonly where?: object; readonly data?: Record<string, unknown> };
  /** Strapi keeps this object from the `before` hook to the `after` hook of one change. */
  state: { accounts?: readonly StoredAccount[] };
}

interface AccountHooksDependencies {
  /** Returns the accounts that match a condition. */
  readonly find: (where: object | undefined) => Promise<readonly StoredAccount[]>;
  readonly revokeAll: (owners: readonly Owner[], reason: RevokedReason) => Promise<number>;
  /** Returns whether users have translations (`pluginOptions.i18n.localized` in their schema). */
  readonly isLocalized: () => boolean;
  readonly matchesHash: (password: string, hash: string) => Promise<boolean>;
  readonly warn: (message: string) => void;
}

const isBlocking = (data: Record<string, unknown>): boolean => {
  const { blocked } = data;
  return blocked !== undefined && blocked !== null
    ? Boolean(parseType({ type: 'boolean', value: blocked }))
    : false;
};

const setsPassword = (data: Record<string, unknown>): boolean => data.password !== undefined;

const changesCredentials = (
  { password, email }: StoredAccount,
  data: Record<string, unknown>,
): boolean =>
  (setsPassword(data) && data.password !== password) ||
  (data.email !== undefined && data.email !== email);

/**
 * Creates the lifecycle hooks that revoke the sessions of an account which is blocked or deleted, or
 * whose password changes. The hooks run for every kind of change: this API, the Content Manager,
 * `strapi.documents`, `strapi.db.query` (design section 6, what revokes; docs/decisions/0012).
 *
 * A hook runs in the transaction of the change, and so does the revocation: after a rollback nothing is
 * revoked, and a change whose revocation fails is rolled back (`joinRevocations`).
 */
export const createAccountHooks = ({
  find,
  revokeAll,
  isLocalized,
  matchesHash,
  warn,
}: AccountHooksDependencies) => {
  /**
   * Puts the stored hash back where Strapi has hashed it like a password. It does so for a new locale of a
   * user, whose fields it copies, and then copies the result to the other locales: nobody could log in.
   */
  const restoreHash = async (
    accounts: readonly StoredAccount[],
    data: Record<string, unknown>,
  ): Promise<void> => {
    const { password } = data;
    if (typeof password !== 'string') return;
    for (const { password: stored, documentId } of accounts) {
      if (stored !== null && stored !== password && (await matchesHash(stored, password))) {
        data.password = stored;
        warn(`Strapi hashed the stored password of user ${documentId} again: the stored one stays`);
        return;
      }
    }
  };

  const beforeCreate = async ({ params: { data = {} } }: ChangeEvent): Promise<void> => {
    const { documentId } = data;
    if (isLocalized() && documentId) await restoreHash(await find({ documentId }), data);
  };

  const revoke = async (
    accounts: readonly StoredAccount[],
    reason: RevokedReason,
  ): Promise<void> => {
    if (accounts.length > 0) await revokeAll(accounts, reason);
  };

  const beforeUpdate = async (event: ChangeEvent): Promise<void> => {
    const { data = {}, where } = event.params;
    // Any other update costs no query here.
    if (!isBlocking(data) && !setsPassword(data) && data.email === undefined) return;
    const accounts = await find(where);
    event.state.accounts = accounts;
    // A code that was mailed before must not undo the change.
    if (accounts.some((account) => changesCredentials(account, data))) {
      data.resetPasswordToken ??= null;
    }
  };

  const afterUpdate = async ({ params: { data = {} }, state }: ChangeEvent): Promise<void> => {
    const { accounts = [] } = state;
    if (isBlocking(data)) {
      await revoke(accounts, 'user-blocked');
    } else if (setsPassword(data)) {
      // The stored hash may be sent back unchanged, by a form for example.
      const changed = accounts.filter(({ password }) => password !== data.password);
      await revoke(changed, 'password-changed');
    }
  };

  const beforeDelete = async (event: ChangeEvent): Promise<void> => {
    event.state.accounts = await find(event.params.where);
  };

  const afterDelete = ({ state }: ChangeEvent): Promise<void> =>
    revoke(state.accounts ?? [], 'user-deleted');

  return {
    models: [USER],
    beforeCreate,
    beforeUpdate,
    afterUpdate,
    beforeUpdateMany: beforeUpdate,
    afterUpdateMany: afterUpdate,
    beforeDelete,
    afterDelete,
    beforeDeleteMany: beforeDelete,
    afterDeleteMany: afterDelete,
  };
};

/** A method of Strapi's query API that changes rows. */
type Write = (params: ChangeEvent['params']) => Promise<unknown>;
type Writes = Record<'update' | 'updateMany' | 'delete' | 'deleteMany', Write>;

/**
 * Gives changes of an account through `strapi.db.query` a transaction, as the document service does. Without
 * one the change would stay where the revocation after it fails, and the sessions would live on.
 * Other updates stay as they are: a transaction is two statements more.
 */
export const joinRevocations = (db: Core.Strapi['db']): void => {
  // Strapi keeps one object for each content type.
  const users = db.query(USER) as unknown as Writes;
  const inTransaction =
    (write: Write, revokes: (data: Record<string, unknown>) => boolean): Write =>
    (params) =>
      revokes(params.data ?? {}) ? db.transaction(() => write(params)) : write(params);

  const updateRevokes = (data: Record<string, unknown>) => isBlocking(data) || setsPassword(data);
  Object.assign(users, {
    update: inTransaction(users.update, updateRevokes),
    updateMany: inTransaction(users.updateMany, updateRevokes),
    delete: inTransaction(users.delete, () => true),
    deleteMany: inTransaction(users.deleteMany, () => true),
  } satisfies Writes);
};
