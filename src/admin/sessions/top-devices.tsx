import { Box, Flex, ProgressBar, Typography } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import { styled } from 'styled-components';
import type { Statistics } from './api-types';
import { percentage } from './format';
import { useText } from './use-text';

// The design system's bar has a fixed width, and no other colours for its two parts.
const Share = styled(ProgressBar)`
  width: 100%;
  background: ${({ theme }) => theme.colors.neutral150};

  > * {
    background: ${({ theme }) => theme.colors.primary500};
  }
`;

/** The devices with the most live sessions, each with its number and its share of all. */
export const TopDevices = ({ statistics: { devices, live } }: { statistics: Statistics }) => {
  const { formatNumber } = useIntl();
  const text = useText();
  return (
    <Box width="100%">
      <Typography tag="h2" variant="pi" fontWeight="bold" textColor="neutral600">
        {text('sessions.statistics.devices')}
      </Typography>
      {devices.length === 0 && (
        <Typography textColor="neutral600">{text('sessions.statistics.no-devices')}</Typography>
      )}
      <Flex tag="ul" direction="column" alignItems="stretch" gap={2} paddingTop={2}>
        {devices.map(({ deviceName, sessions }) => (
          <Flex key={deviceName} tag="li" direction="column" alignItems="stretch" gap={1}>
            <Flex justifyContent="space-between" gap={2}>
              <Typography ellipsis variant="pi" textColor="neutral800">
                {deviceName ?? text('sessions.unknown-device')}
              </Typography>
              <Typography variant="pi" textColor="neutral600">
                {formatNumber(sessions)}
              </Typography>
            </Flex>
            <Share size="S" value={percentage(sessions, live)} aria-hidden />
          </Flex>
        ))}
      </Flex>
    </Box>
  );
};
