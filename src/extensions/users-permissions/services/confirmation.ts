import type { Core } from '@strapi/strapi';
import { AccountRefused } from '../core/errors';
import type { AccountState } from '../core/session';

/** Whether the administrator wants users to confirm their e-mail address. One query each time. */
export const createConfirmationCheck = (strapi: Core.Strapi) => async (): Promise<boolean> => {
  const advanced = (await strapi
    .store({ type: 'plugin', name: 'users-permissions' })
    .get({ key: 'advanced' })) as { email_confirmation?: boolean } | null;
  return advanced?.email_confirmation === true;
};

/**
 * Refuses an account whose e-mail address has yet to be confirmed. Whether it has to be is asked
 * for unconfirmed accounts only: it is a query.
 *
 * @throws {AccountRefused}
 */
export const requireConfirmation = async (
  { confirmed }: AccountState,
  isConfirmationRequired: () => Promise<boolean>,
): Promise<void> => {
  if (!confirmed && (await isConfirmationRequired())) throw new AccountRefused('unconfirmed');
};
