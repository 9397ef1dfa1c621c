import { useRBAC } from '@strapi/strapi/admin';
import type { ReactNode } from 'react';
import { READ_AND_REVOKE } from './permissions';
import { UserSessions } from './user-sessions';
import { useText } from './use-text';

const USER = 'plugin::users-permissions.user';

/** The properties of a side panel of the Content Manager that are used here. */
interface PanelProps {
  readonly model: string;
  /** undefined while an entry is being created. */
  readonly documentId?: string;
  readonly document?: { readonly username?: unknown };
}

/**
 * A panel beside the form of a user. The Content Manager calls it like a component, and renders the
 * result; null is no panel.
 */
export const SessionsPanel = ({
  model,
  documentId,
  document,
}: PanelProps): { title: string; content: ReactNode } | null => {
  const text = useText();
  const {
    allowedActions: { canRead, canRevoke },
  } = useRBAC(READ_AND_REVOKE);

  if (model !== USER || !document || !documentId || documentId === 'create' || !canRead) {
    return null;
  }
  return {
    title: text('sessions.title'),
    content: (
      <UserSessions
        userId={documentId}
        userName={String(document.username)}
        canEnd={canRevoke === true}
      />
    ),
  };
};
