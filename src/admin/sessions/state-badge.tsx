import { Badge, type BadgeProps } from '@strapi/design-system';
import type { SessionState } from './api-types';
import { useText } from './use-text';

// The variants of the design system's badge can hardly be distinguished in the dark theme.
const colors: Record<SessionState, Pick<BadgeProps, 'backgroundColor' | 'textColor'>> = {
  live: { backgroundColor: 'success100', textColor: 'success600' },
  ended: { backgroundColor: 'neutral150', textColor: 'neutral600' },
  'reuse-detected': { backgroundColor: 'danger100', textColor: 'danger600' },
};

/** The state of a session as a coloured label. */
export const StateBadge = ({ state }: { state: SessionState }) => {
  const text = useText();
  return <Badge {...colors[state]}>{text(`sessions.state.${state}`)}</Badge>;
};
