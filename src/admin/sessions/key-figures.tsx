import { Flex, Typography } from '@strapi/design-system';
import { Monitor, Shield } from '@strapi/icons';
import { useIntl } from 'react-intl';
import type { Statistics } from './api-types';
import { useText } from './use-text';

interface FigureProps {
  readonly label: string;
  readonly value: number;
  readonly icon: React.ReactNode;
  /** Whether the figure is shown in red. */
  readonly isAlarming?: boolean;
}

const Figure = ({ label, value, icon, isAlarming = false }: FigureProps) => {
  const { formatNumber } = useIntl();
  const color = isAlarming ? 'danger' : 'primary';
  return (
    <Flex gap={3} alignItems="center">
      <Flex padding={3} hasRadius background={`${color}100`} color={`${color}600`} aria-hidden>
        {icon}
      </Flex>
      <Flex tag="dl" direction="column-reverse" alignItems="flex-start">
        <Typography tag="dt" variant="pi" textColor="neutral600">
          {label}
        </Typography>
        <Typography tag="dd" variant="alpha" textColor={isAlarming ? 'danger600' : 'neutral800'}>
          {formatNumber(value)}
        </Typography>
      </Flex>
    </Flex>
  );
};

/** The number of live sessions, and of reuse detections in the last 24 hours. */
export const KeyFigures = ({
  statistics: { live, reusesLast24Hours },
}: {
  statistics: Statistics;
}) => {
  const text = useText();
  return (
    <>
      <Figure label={text('sessions.statistics.live')} value={live} icon={<Monitor />} />
      <Figure
        label={text('sessions.statistics.reuses')}
        value={reusesLast24Hours}
        icon={<Shield />}
        isAlarming={reusesLast24Hours > 0}
      />
    </>
  );
};
