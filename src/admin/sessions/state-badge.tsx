import { Badge, type BadgeProps } from '@strapi/design-system';
import { useIntl } from 'react-intl';
import type { SessionState } from './api';
import { stateLabels } from './labels';

// The badge's own variants look alike in the dark theme.
const colors: Record<SessionState, Pick<BadgeProps, 'backgroundColor' | 'textColor'>> = {
  live: { backgroundColor: 'success100', textColor: 'success600' },
  ended: { backgroundColor: 'neutral150', textColor: 'neutral600' },
  'reuse-detected': { backgroundColor: 'danger100', textColor: 'danger600' },
};

/** The state of a session, in words and in a colour. */
export const StateBadge = ({ state }: { state: SessionState }) => {
  const { formatMessage } = useIntl();
  return <Badge {...colors[state]}>{formatMessage(stateLabels[state])}</Badge>;
};
