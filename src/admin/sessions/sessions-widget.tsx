import { Flex } from '@strapi/design-system';
import { Widget } from '@strapi/strapi/admin';
import { useIntl } from 'react-intl';
import { useStatistics } from './api';
import { DayChart } from './day-chart';
import { KeyFigures } from './key-figures';
import { messages } from './messages';

const CHART_HEIGHT = 90;

/** Who is logged in and whether tokens were stolen, on the home page. */
export const SessionsWidget = () => {
  const { formatMessage } = useIntl();
  const { data: statistics, isError } = useStatistics();

  if (isError) return <Widget.Error>{formatMessage(messages.figuresFailed)}</Widget.Error>;
  if (!statistics) return <Widget.Loading>{formatMessage(messages.figuresLoading)}</Widget.Loading>;
  return (
    <Flex direction="column" alignItems="stretch" justifyContent="space-between" height="100%">
      <KeyFigures statistics={statistics} />
      <DayChart
        days={statistics.days}
        figure="logins"
        title={formatMessage(messages.loginsPerDay)}
        color="primary600"
        height={CHART_HEIGHT}
      />
    </Flex>
  );
};
