import { useRBAC } from '@strapi/strapi/admin';
import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { messages } from './messages';
import { READ_AND_REVOKE } from './permissions';
import { UserSessions } from './user-sessions';

const USER = 'plugin::users-permissions.user';

/** The part that is used of what the Content Manager tells a panel. */
interface PanelProps {
  readonly model: string;
  /** undefined while an entry is being created. */
  readonly documentId?: string;
  readonly document?: { readonly username?: unknown };
}

/**
 * A panel beside the form of a user. The Content Manager calls it like a component, and draws what it
 * returns; null for no panel.
 */
export const SessionsPanel = ({
  model,
  documentId,
  document,
}: PanelProps): { title: string; content: ReactNode } | null => {
  const { formatMessage } = useIntl();
  const {
    allowedActions: { canRead, canRevoke },
  } = useRBAC(READ_AND_REVOKE);

  if (model !== USER || !document || !documentId || documentId === 'create' || !canRead) {
    return null;
  }
  return {
    title: formatMessage(messages.panelTitle),
    content: (
      <UserSessions
        userId={documentId}
        userName={String(document.username)}
        canEnd={canRevoke === true}
      />
    ),
  };
};
