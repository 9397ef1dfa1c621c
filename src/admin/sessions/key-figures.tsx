import { Monitor, Shield } from '@strapi/icons';
import { useIntl } from 'react-intl';
import type { Statistics } from './api';
import { Figure } from './figure';
import { messages } from './messages';

/** Who is logged in, and whether tokens were stolen. */
export const KeyFigures = ({
  statistics: { live, reusesLast24Hours },
}: {
  statistics: Statistics;
}) => {
  const { formatMessage } = useIntl();
  return (
    <>
      <Figure label={formatMessage(messages.liveSessions)} value={live} icon={<Monitor />} />
      <Figure
        label={formatMessage(messages.reusesLast24Hours)}
        value={reusesLast24Hours}
        icon={<Shield />}
        isAlarming={reusesLast24Hours > 0}
      />
    </>
  );
};
