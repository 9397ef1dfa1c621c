import type { MessageDescriptor } from 'react-intl';

/** The English text of each message id. Other languages are in `translations`. */
export const english = {
  'sessions.title': 'Sessions',
  'sessions.loading': 'Loading sessions',
  'sessions.failed': 'The sessions could not be loaded',
  'sessions.try-again': 'Try again',
  'sessions.none': 'Nobody has logged in yet.',
  'sessions.none-found': 'No session matches.',
  'sessions.refresh': 'Refresh',

  'sessions.user': 'User',
  'sessions.device': 'Device',
  'sessions.address': 'IP address',
  'sessions.login': 'Login',
  'sessions.last-used': 'Last used',
  'sessions.state': 'State',
  'sessions.actions': 'Actions',
  'sessions.deleted-user': 'Deleted user',
  'sessions.unknown-device': 'Unknown device',
  'sessions.impersonated-by': 'Impersonated by {name}',

  'sessions.filter.user': 'User or e-mail',
  'sessions.filter.any-state': 'Any state',
  'sessions.filter.one-user': 'User: {user}',
  'sessions.filter.clear': 'Clear',
  'sessions.filter.only': 'Show only {value}',

  'sessions.pages': 'Pages',
  'sessions.pages.newest': 'Newest',
  'sessions.pages.newer': 'Newer',
  'sessions.pages.older': 'Older',
  'sessions.pages.size': 'Sessions per page',

  'sessions.state.live': 'Live',
  'sessions.state.ended': 'Ended',
  'sessions.state.reuse-detected': 'Reuse detected',

  'sessions.reason.logout': 'Logged out',
  'sessions.reason.logout-all': 'Logged out everywhere',
  'sessions.reason.revoked-by-user': 'Ended by the user',
  'sessions.reason.revoked-by-admin': 'Ended by an admin',
  'sessions.reason.password-changed': 'Password changed',
  'sessions.reason.user-blocked': 'User blocked',
  'sessions.reason.user-deleted': 'User deleted',
  'sessions.reason.reuse-detected': 'An old refresh token was used again',
  'sessions.reason.replaced': 'New login in the same browser',
  'sessions.reason.session-limit': 'Too many sessions',
  'sessions.reason.idle': 'Not used for too long',
  'sessions.reason.expired': 'Maximum lifetime reached',

  'sessions.end-one': 'End',
  'sessions.end-one.label': 'End the session of {user} on {device}',
  'sessions.end-one.title': 'End this session?',
  'sessions.end-one.body':
    '{user} is logged out on {device} at once, and has to log in again there.',
  'sessions.end-one.confirm': 'End session',
  'sessions.end-matching':
    '{everything, select, true {End all live sessions} other {End all that match}}',
  'sessions.end-matching.title': 'End these sessions?',
  'sessions.end-matching.body':
    '{count, plural, =0 {No live session is among them.} one {# live session ends at once. Its user has to log in again.} other {{exact, select, true {} other {More than }}# live sessions end at once. Their users have to log in again.}}',
  'sessions.end-matching.counting': 'Counting the sessions',
  'sessions.end-matching.confirm': 'End sessions',
  'sessions.end-all': 'End all sessions',
  'sessions.end-all.title': 'End all sessions of this user?',
  'sessions.end-all.body':
    '{user} is logged out on every device at once. To keep somebody out who knows the password, block the user or change the password, too.',
  'sessions.ended':
    '{count, plural, =0 {No session was live any more} one {# session ended} other {# sessions ended}}',
  'sessions.not-ended': 'The sessions could not be ended',

  'sessions.statistics': 'Statistics',
  'sessions.statistics.failed': 'The statistics could not be loaded.',
  'sessions.statistics.loading': 'Loading statistics',
  'sessions.statistics.live': 'Live sessions',
  'sessions.statistics.reuses': 'Reuse detected, last 24 hours',
  'sessions.statistics.logins-per-day': 'Logins per day',
  'sessions.statistics.reuses-per-day': 'Reuse detected per day',
  'sessions.statistics.devices': 'Most used devices',
  'sessions.statistics.no-devices': 'No live session.',
  'sessions.statistics.day': 'Day',
  'sessions.statistics.sum': '{sum} in {days, plural, one {# day} other {# days}}',

  'sessions.open-page': 'Open sessions',
  'sessions.panel.none': 'Not logged in anywhere.',
  'sessions.panel.more': 'Only the newest {count} are shown.',
  'sessions.panel.all': 'All sessions of this user',
  'sessions.panel.last-login': 'Last login',
  'sessions.panel.no-login': 'None on record',
};

export type MessageId = keyof typeof english;

/** Returns the descriptor of a message, for places where Strapi formats it. */
export const message = (
  id: MessageId,
): MessageDescriptor & { id: string; defaultMessage: string } => ({
  id,
  defaultMessage: english[id],
});
