import { useAPIErrorHandler, useNotification, type FetchError } from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import { useRevocation, type Target } from './api';
import { messages } from './messages';

/**
 * Ends sessions, and says in a toast how many or why not.
 *
 * @returns a function that resolves when the toast is there; it never rejects
 */
export const useEnding = () => {
  const { mutateAsync } = useRevocation();
  const { toggleNotification } = useNotification();
  const { formatAPIError } = useAPIErrorHandler();
  const { formatMessage } = useIntl();

  return async (target: Target): Promise<void> => {
    try {
      const count = await mutateAsync(target);
      toggleNotification({ type: 'success', message: formatMessage(messages.ended, { count }) });
    } catch (error) {
      toggleNotification({
        type: 'danger',
        title: formatMessage(messages.notEnded),
        message: formatAPIError(error as FetchError),
      });
    }
  };
};
