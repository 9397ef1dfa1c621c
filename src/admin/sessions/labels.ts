import type { MessageDescriptor } from 'react-intl';
import type { SessionState } from './api';
import { messages } from './messages';

/** What a state is called. */
export const stateLabels: Record<SessionState, MessageDescriptor> = {
  live: messages.stateLive,
  ended: messages.stateEnded,
  'reuse-detected': messages.stateReuseDetected,
};

const reasonLabels: Record<string, MessageDescriptor | undefined> = {
  logout: messages.reasonLogout,
  'logout-all': messages.reasonLogoutAll,
  'revoked-by-user': messages.reasonRevokedByUser,
  'revoked-by-admin': messages.reasonRevokedByAdmin,
  'password-changed': messages.reasonPasswordChanged,
  'user-blocked': messages.reasonUserBlocked,
  'user-deleted': messages.reasonUserDeleted,
  'reuse-detected': messages.reasonReuseDetected,
  'session-limit': messages.reasonSessionLimit,
  replaced: messages.reasonReplaced,
  idle: messages.reasonIdle,
  expired: messages.reasonExpired,
};

/** What a reason is called. A reason of a later version is shown as it is. */
export const reasonLabel = (reason: string): MessageDescriptor =>
  reasonLabels[reason] ?? { id: `sessions.reason.${reason}`, defaultMessage: reason };
