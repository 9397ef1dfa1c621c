import { Box, Flex, ProgressBar, Typography } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import type { Statistics } from './api';
import { percentage } from './format';
import { messages } from './messages';

/** The devices with most live sessions, each with its share of all. */
export const TopDevices = ({ statistics: { devices, live } }: { statistics: Statistics }) => {
  const { formatMessage, formatNumber } = useIntl();
  return (
    <Box width="100%">
      <Typography tag="h3" variant="pi" fontWeight="bold" textColor="neutral600">
        {formatMessage(messages.topDevices)}
      </Typography>
      {devices.length === 0 && (
        <Typography textColor="neutral600">{formatMessage(messages.noDevices)}</Typography>
      )}
      <Flex tag="ul" direction="column" alignItems="stretch" gap={3} paddingTop={2}>
        {devices.map(({ deviceName, sessions }) => (
          <Flex key={deviceName} tag="li" direction="column" alignItems="stretch" gap={1}>
            <Flex justifyContent="space-between" gap={2}>
              <Typography ellipsis textColor="neutral800">
                {deviceName ?? formatMessage(messages.unknownDevice)}
              </Typography>
              <Typography textColor="neutral600">{formatNumber(sessions)}</Typography>
            </Flex>
            <ProgressBar size="S" value={percentage(sessions, live)} aria-hidden />
          </Flex>
        ))}
      </Flex>
    </Box>
  );
};
