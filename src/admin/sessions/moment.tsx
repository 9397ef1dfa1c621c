import { useIntl } from 'react-intl';
import { distance } from './format';

/** A moment, told by how far it is away. The exact one shows when the pointer rests on it. */
export const Moment = ({ at }: { at: string }) => {
  const { formatDate, formatRelativeTime } = useIntl();
  const { value, unit } = distance(Date.parse(at), Date.now());
  return (
    <time dateTime={at} title={formatDate(at, { dateStyle: 'full', timeStyle: 'medium' })}>
      {formatRelativeTime(value, unit, { numeric: 'auto' })}
    </time>
  );
};
