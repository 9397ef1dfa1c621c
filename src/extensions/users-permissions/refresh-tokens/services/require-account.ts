import { checkAccount, type AccountState } from '../core/account';
import { AccountRefused, TokenRefused } from '../core/errors';

/**
 * Refuses an account that nobody may log in to, and returns any other.
 *
 * @throws {AccountRefused} it is blocked, or its e-mail address has yet to be confirmed
 * @throws {TokenRefused} it has been deleted
 */
export const requireAccount = async <Account extends AccountState>(
  account: Account | null,
  isConfirmationRequired: () => Promise<boolean>,
): Promise<Account> => {
  const problem = await checkAccount(account, isConfirmationRequired);
  if (!account || problem === 'deleted') throw new TokenRefused('user-deleted');
  if (problem) throw new AccountRefused(problem);
  return account;
};
