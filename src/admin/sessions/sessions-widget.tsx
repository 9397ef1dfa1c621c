import { Flex } from '@strapi/design-system';
import { Widget } from '@strapi/strapi/admin';
import { useStatistics } from './api';
import { DayChart } from './day-chart';
import { KeyFigures } from './key-figures';
import { useText } from './use-text';

const CHART_HEIGHT = 90;

/** The widget on the home page: live sessions, reuse detections, and logins per day. */
export const SessionsWidget = () => {
  const text = useText();
  const { data: statistics, isError } = useStatistics();

  if (isError) return <Widget.Error>{text('sessions.statistics.failed')}</Widget.Error>;
  if (!statistics) return <Widget.Loading>{text('sessions.statistics.loading')}</Widget.Loading>;
  return (
    <Flex direction="column" alignItems="stretch" justifyContent="space-between" height="100%">
      <KeyFigures statistics={statistics} />
      <DayChart days={statistics.days} figure="logins" height={CHART_HEIGHT} />
    </Flex>
  );
};
