import { Flex, Grid, Loader, Typography, type FlexProps } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import { useStatistics } from './api';
import { DayChart } from './day-chart';
import { KeyFigures } from './key-figures';
import { messages } from './messages';
import { TopDevices } from './top-devices';

const HEIGHT = '24rem';
const CHART_HEIGHT = 70;

const Card = (props: FlexProps) => (
  <Flex
    direction="column"
    alignItems="stretch"
    justifyContent="center"
    background="neutral0"
    borderColor="neutral150"
    hasRadius
    shadow="tableShadow"
    padding={5}
    width="100%"
    minHeight={HEIGHT}
    {...props}
  />
);

/** The figures above the list of sessions. */
export const SessionStatistics = () => {
  const { formatMessage } = useIntl();
  const { data: statistics, isError } = useStatistics();

  if (!statistics) {
    return (
      <Card alignItems="center">
        {isError ? (
          <Typography textColor="neutral600">{formatMessage(messages.figuresFailed)}</Typography>
        ) : (
          <Loader>{formatMessage(messages.figuresLoading)}</Loader>
        )}
      </Card>
    );
  }
  const { days } = statistics;
  return (
    <Grid.Root gap={4} tag="section" aria-label={formatMessage(messages.figures)}>
      <Grid.Item col={3} s={12} alignItems="stretch">
        <Card gap={6}>
          <KeyFigures statistics={statistics} />
        </Card>
      </Grid.Item>
      <Grid.Item col={6} s={12} alignItems="stretch">
        <Card gap={3}>
          <DayChart
            days={days}
            figure="logins"
            title={formatMessage(messages.loginsPerDay)}
            color="primary600"
            height={CHART_HEIGHT}
          />
          <DayChart
            days={days}
            figure="reuses"
            title={formatMessage(messages.reusesPerDay)}
            color="danger600"
            height={CHART_HEIGHT}
          />
        </Card>
      </Grid.Item>
      <Grid.Item col={3} s={12} alignItems="stretch">
        <Card justifyContent="flex-start">
          <TopDevices statistics={statistics} />
        </Card>
      </Grid.Item>
    </Grid.Root>
  );
};
