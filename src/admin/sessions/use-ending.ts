import { useAPIErrorHandler, useNotification, type FetchError } from '@strapi/strapi/admin';
import { useRevocation } from './api';
import type { Target } from './api-types';
import { useText } from './use-text';

/**
 * Returns a function that ends sessions, and shows their number or the error in a notification. The
 * function never rejects.
 */
export const useEnding = () => {
  const { mutateAsync } = useRevocation();
  const { toggleNotification } = useNotification();
  const { formatAPIError } = useAPIErrorHandler();
  const text = useText();

  return async (target: Target): Promise<void> => {
    try {
      const count = await mutateAsync(target);
      toggleNotification({ type: 'success', message: text('sessions.ended', { count }) });
    } catch (error) {
      toggleNotification({
        type: 'danger',
        title: text('sessions.not-ended'),
        message: formatAPIError(error as FetchError),
      });
    }
  };
};
