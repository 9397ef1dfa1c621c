import { parseType } from '@strapi/utils';
import type { Owner, RevokedReason } from '../core/session';

/** An account as it was before a change. */
interface Account extends Owner {
  readonly password: string | null;
}

/** What Strapi's database layer says of a change that it is about to make, or has made. */
interface ChangeEvent {
  readonly params: { readonly where?: object; readonly data?: Record<string, unknown> };
  /** Kept by Strapi from the `before` hook to the `after` hook of one change. */
  state: { accounts?: readonly Account[] };
}

interface AccountChangesDependencies {
  /** The accounts that a condition matches now. */
  readonly find: (where: object | undefined) => Promise<readonly Account[]>;
  readonly revokeAll: (owners: readonly Owner[], reason: RevokedReason) => Promise<number>;
}

const isBlocking = (data: Record<string, unknown>): boolean => {
  const { blocked } = data;
  return blocked !== undefined && blocked !== null
    ? Boolean(parseType({ type: 'boolean', value: blocked }))
    : false;
};

const setsPassword = (data: Record<string, unknown>): boolean => data.password !== undefined;

/**
 * Ends sessions when an account is blocked or deleted or gets another password, whichever way that
 * happens: this API, the Content Manager, `strapi.documents`, `strapi.db.query`. All of them meet in
 * the hooks of Strapi's database layer, so this is the only place (design section 6, what revokes).
 *
 * The hooks run inside the transaction of the change where there is one, and so does the revocation:
 * what is rolled back revokes nothing.
 */
export const createAccountChanges = ({ find, revokeAll }: AccountChangesDependencies) => {
  const revoke = async (accounts: readonly Account[], reason: RevokedReason): Promise<void> => {
    if (accounts.length > 0) await revokeAll(accounts, reason);
  };

  const beforeUpdate = async (event: ChangeEvent): Promise<void> => {
    const { data = {}, where } = event.params;
    // Most updates touch neither, and cost nothing here.
    if (isBlocking(data) || setsPassword(data)) event.state.accounts = await find(where);
  };

  const afterUpdate = async ({ params: { data = {} }, state }: ChangeEvent): Promise<void> => {
    const { accounts = [] } = state;
    if (isBlocking(data)) {
      await revoke(accounts, 'user-blocked');
    } else if (setsPassword(data)) {
      // A form that sends the stored hash back has changed nothing.
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
    models: ['plugin::users-permissions.user'],
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
