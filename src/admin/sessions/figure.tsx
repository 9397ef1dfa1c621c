import { Flex, Typography } from '@strapi/design-system';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';

interface FigureProps {
  readonly label: string;
  readonly value: number;
  readonly icon: ReactNode;
  /** Whether somebody should look into it. */
  readonly isAlarming?: boolean;
}

/** A number with its name. */
export const Figure = ({ label, value, icon, isAlarming = false }: FigureProps) => {
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
