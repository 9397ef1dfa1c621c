import { findAccountProblem, type AccountState } from '../core/account';
import { AccountRefused, TokenRefused } from '../core/errors';

/**
 * Returns an account that its user may log in to.
 *
 * @throws {AccountRefused} it is blocked, has no role, or its e-mail address is not confirmed
 * @throws {TokenRefused} it has been deleted
 */
export const requireAccount = async <Account extends AccountState>(
  account: Account | null,
  isConfirmationRequired: () => Promise<boolean>,
): Promise<Account> => {
  const problem = await findAccountProblem(account, isConfirmationRequired);
  if (!account || problem === 'deleted') throw new TokenRefused('user-deleted');
  if (problem) throw new AccountRefused(problem);
  return account;
};
