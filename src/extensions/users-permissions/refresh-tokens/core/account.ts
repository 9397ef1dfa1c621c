/** The account flags that are checked before a token is accepted. */
export interface AccountState {
  readonly blocked: boolean;
  readonly confirmed: boolean;
}

/** Why nobody may log in to an account, or stay logged in to it. */
export type AccountProblem = 'deleted' | 'blocked' | 'unconfirmed';

/**
 * The one rule for who may log in and stay logged in. `unconfirmed` matters only where the
 * administrator requires confirmation: see {@link checkAccount}.
 *
 * @param account null when it has been deleted
 */
export const accountProblem = (account: AccountState | null): AccountProblem | null => {
  if (!account) return 'deleted';
  if (account.blocked) return 'blocked';
  return account.confirmed ? null : 'unconfirmed';
};

/**
 * The same rule, with the administrator's choice whether addresses have to be confirmed.
 *
 * @param isConfirmationRequired is asked for unconfirmed accounts only: it is a query
 */
export const checkAccount = async (
  account: AccountState | null,
  isConfirmationRequired: () => Promise<boolean>,
): Promise<AccountProblem | null> => {
  const problem = accountProblem(account);
  return problem === 'unconfirmed' && !(await isConfirmationRequired()) ? null : problem;
};
