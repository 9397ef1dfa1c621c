import { useIntl } from 'react-intl';
import { distance } from './format';

/** A time relative to now. Its tooltip shows the exact date and time. */
export const Moment = ({ at }: { at: string }) => {
  const { formatDate, formatRelativeTime } = useIntl();
  const { value, unit } = distance(Date.parse(at), Date.now());
  return (
    <time dateTime={at} title={formatDate(at, { dateStyle: 'full', timeStyle: 'medium' })}>
      {formatRelativeTime(value, unit, { numeric: 'auto' })}
    </time>
  );
};
