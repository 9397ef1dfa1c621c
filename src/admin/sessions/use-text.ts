import { useIntl, type PrimitiveType } from 'react-intl';
import { message, type MessageId } from './messages';

/** Returns a function that formats a message in the administrator's language. */
export const useText = () => {
  const { formatMessage } = useIntl();
  return (id: MessageId, values?: Record<string, PrimitiveType>): string =>
    formatMessage(message(id), values);
};
