/** The account flags that are checked before a token is accepted. */
export interface AccountState {
  readonly blocked: boolean;
  readonly confirmed: boolean;
  /** Strapi refuses every request of a user without a role. */
  readonly hasRole: boolean;
}

/** Why an account may not be used. */
type AccountProblem = 'deleted' | 'blocked' | 'without-role' | 'unconfirmed';

/**
 * Returns why an account may not log in or stay logged in; null when it may.
 * `unconfirmed` counts only where an administrator requires it: see {@link findAccountProblem}.
 *
 * @param account null when it has been deleted
 */
export const accountProblem = (account: AccountState | null): AccountProblem | null => {
  if (!account) return 'deleted';
  if (account.blocked) return 'blocked';
  if (!account.hasRole) return 'without-role';
  return account.confirmed ? null : 'unconfirmed';
};

/**
 * As {@link accountProblem}, and ignores `unconfirmed` where no confirmation is required.
 *
 * @param isConfirmationRequired called for unconfirmed accounts only, since it is a query
 */
export const findAccountProblem = async (
  account: AccountState | null,
  isConfirmationRequired: () => Promise<boolean>,
): Promise<AccountProblem | null> => {
  const problem = accountProblem(account);
  return problem === 'unconfirmed' && !(await isConfirmationRequired()) ? null : problem;
};
