import { Flex, Grid, Loader, Typography, type FlexProps } from '@strapi/design-system';
import { useStatistics } from './api';
import { DayChart } from './day-chart';
import { KeyFigures } from './key-figures';
import { TopDevices } from './top-devices';
import { useText } from './use-text';

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

/** The statistics above the list of sessions. */
export const SessionStatistics = () => {
  const text = useText();
  const { data: statistics, isError } = useStatistics();

  if (!statistics) {
    return (
      <Card alignItems="center">
        {isError ? (
          <Typography textColor="neutral600">{text('sessions.statistics.failed')}</Typography>
        ) : (
          <Loader>{text('sessions.statistics.loading')}</Loader>
        )}
      </Card>
    );
  }
  return (
    <Grid.Root gap={4} tag="section" aria-label={text('sessions.statistics')}>
      <Grid.Item col={3} xs={12} alignItems="stretch">
        <Card gap={6}>
          <KeyFigures statistics={statistics} />
        </Card>
      </Grid.Item>
      <Grid.Item col={6} xs={12} alignItems="stretch">
        <Card gap={3}>
          <DayChart days={statistics.days} figure="logins" height={CHART_HEIGHT} />
          <DayChart days={statistics.days} figure="reuses" height={CHART_HEIGHT} />
        </Card>
      </Grid.Item>
      <Grid.Item col={3} xs={12} alignItems="stretch">
        <Card justifyContent="flex-start">
          <TopDevices statistics={statistics} />
        </Card>
      </Grid.Item>
    </Grid.Root>
  );
};
