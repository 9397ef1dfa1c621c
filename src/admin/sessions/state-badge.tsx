import { Badge, type BadgeProps } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import type { SessionState } from './api';
import { stateLabels } from './labels';

const variants: Record<SessionState, BadgeProps['variant']> = {
  live: 'success',
  ended: 'neutral',
  'reuse-detected': 'danger',
};

/** The state of a session, in words and in a colour. */
export const StateBadge = ({ state }: { state: SessionState }) => {
  const { formatMessage } = useIntl();
  return <Badge variant={variants[state]}>{formatMessage(stateLabels[state])}</Badge>;
};
