import { defineMessages } from 'react-intl';

/** Every text of the session pages, in English. Other languages are in `src/admin/translations`. */
export const messages = defineMessages({
  title: { id: 'sessions.title', defaultMessage: 'Sessions' },
  total: {
    id: 'sessions.total',
    defaultMessage:
      '{exact, select, true {} other {More than }}{total, plural, one {# session} other {# sessions}} found',
  },
  loading: { id: 'sessions.loading', defaultMessage: 'Loading sessions' },
  failed: { id: 'sessions.failed', defaultMessage: 'The sessions could not be loaded' },
  tryAgain: { id: 'sessions.try-again', defaultMessage: 'Try again' },
  none: { id: 'sessions.none', defaultMessage: 'Nobody has logged in yet.' },
  noneFound: { id: 'sessions.none-found', defaultMessage: 'No session matches.' },
  refresh: { id: 'sessions.refresh', defaultMessage: 'Refresh' },

  user: { id: 'sessions.user', defaultMessage: 'User' },
  device: { id: 'sessions.device', defaultMessage: 'Device' },
  login: { id: 'sessions.login', defaultMessage: 'Login' },
  lastUsed: { id: 'sessions.last-used', defaultMessage: 'Last used' },
  state: { id: 'sessions.state', defaultMessage: 'State' },
  actions: { id: 'sessions.actions', defaultMessage: 'Actions' },
  deletedUser: { id: 'sessions.deleted-user', defaultMessage: 'Deleted user' },
  unknownDevice: { id: 'sessions.unknown-device', defaultMessage: 'Unknown device' },

  search: { id: 'sessions.search', defaultMessage: 'User, e-mail, device or address' },
  searchLabel: { id: 'sessions.search-label', defaultMessage: 'Search sessions' },
  anyState: { id: 'sessions.any-state', defaultMessage: 'Any state' },
  filterState: { id: 'sessions.filter-state', defaultMessage: 'Filter by state' },
  onlyUser: { id: 'sessions.only-user', defaultMessage: 'User: {user}' },
  clear: { id: 'sessions.clear', defaultMessage: 'Clear' },

  stateLive: { id: 'sessions.state.live', defaultMessage: 'Live' },
  stateEnded: { id: 'sessions.state.ended', defaultMessage: 'Ended' },
  stateReuseDetected: { id: 'sessions.state.reuse-detected', defaultMessage: 'Reuse detected' },

  reasonLogout: { id: 'sessions.reason.logout', defaultMessage: 'Logged out' },
  reasonLogoutAll: { id: 'sessions.reason.logout-all', defaultMessage: 'Logged out everywhere' },
  reasonRevokedByUser: {
    id: 'sessions.reason.revoked-by-user',
    defaultMessage: 'Ended by the user',
  },
  reasonRevokedByAdmin: {
    id: 'sessions.reason.revoked-by-admin',
    defaultMessage: 'Ended by an admin',
  },
  reasonPasswordChanged: {
    id: 'sessions.reason.password-changed',
    defaultMessage: 'Password changed',
  },
  reasonUserBlocked: { id: 'sessions.reason.user-blocked', defaultMessage: 'User blocked' },
  reasonUserDeleted: { id: 'sessions.reason.user-deleted', defaultMessage: 'User deleted' },
  reasonReuseDetected: {
    id: 'sessions.reason.reuse-detected',
    defaultMessage: 'An old refresh token came back',
  },
  reasonReplaced: {
    id: 'sessions.reason.replaced',
    defaultMessage: 'New login in the same browser',
  },
  reasonSessionLimit: { id: 'sessions.reason.session-limit', defaultMessage: 'Too many sessions' },
  reasonIdle: { id: 'sessions.reason.idle', defaultMessage: 'Not used for too long' },
  reasonExpired: { id: 'sessions.reason.expired', defaultMessage: 'Reached its absolute end' },

  endOne: { id: 'sessions.end-one', defaultMessage: 'End' },
  endOneLabel: {
    id: 'sessions.end-one.label',
    defaultMessage: 'End the session of {user} on {device}',
  },
  endOneTitle: { id: 'sessions.end-one.title', defaultMessage: 'End this session?' },
  endOneBody: {
    id: 'sessions.end-one.body',
    defaultMessage: '{user} is logged out on {device} at once, and has to log in again there.',
  },
  endOneConfirm: { id: 'sessions.end-one.confirm', defaultMessage: 'End session' },
  endMatching: {
    id: 'sessions.end-matching',
    defaultMessage: '{everything, select, true {End all live sessions} other {End all that match}}',
  },
  endMatchingTitle: { id: 'sessions.end-matching.title', defaultMessage: 'End these sessions?' },
  endMatchingBody: {
    id: 'sessions.end-matching.body',
    defaultMessage:
      '{count, plural, =0 {No live session is among them.} one {# live session ends at once. Its user has to log in again.} other {{exact, select, true {} other {More than }}# live sessions end at once. Their users have to log in again.}}',
  },
  endMatchingCounting: {
    id: 'sessions.end-matching.counting',
    defaultMessage: 'Counting the sessions',
  },
  endMatchingConfirm: { id: 'sessions.end-matching.confirm', defaultMessage: 'End sessions' },
  endAll: { id: 'sessions.end-all', defaultMessage: 'End all sessions' },
  endAllTitle: { id: 'sessions.end-all.title', defaultMessage: 'End all sessions of this user?' },
  endAllBody: {
    id: 'sessions.end-all.body',
    defaultMessage:
      '{user} is logged out on every device at once. To keep somebody out who knows the password, block the user or change the password, too.',
  },
  ended: {
    id: 'sessions.ended',
    defaultMessage:
      '{count, plural, =0 {No session was live any more} one {# session ended} other {# sessions ended}}',
  },
  notEnded: { id: 'sessions.not-ended', defaultMessage: 'The sessions could not be ended' },

  figures: { id: 'sessions.figures', defaultMessage: 'Figures' },
  figuresFailed: {
    id: 'sessions.figures.failed',
    defaultMessage: 'The figures could not be loaded.',
  },
  figuresLoading: { id: 'sessions.figures.loading', defaultMessage: 'Loading figures' },
  liveSessions: { id: 'sessions.figures.live', defaultMessage: 'Live sessions' },
  reusesLast24Hours: {
    id: 'sessions.figures.reuses',
    defaultMessage: 'Reuse detected, last 24 hours',
  },
  loginsPerDay: { id: 'sessions.figures.logins-per-day', defaultMessage: 'Logins per day' },
  reusesPerDay: { id: 'sessions.figures.reuses-per-day', defaultMessage: 'Reuse detected per day' },
  topDevices: { id: 'sessions.figures.devices', defaultMessage: 'Most used devices' },
  noDevices: { id: 'sessions.figures.no-devices', defaultMessage: 'No live session.' },
  day: { id: 'sessions.figures.day', defaultMessage: 'Day' },
  sum: {
    id: 'sessions.figures.sum',
    defaultMessage: '{sum} in {days, plural, one {# day} other {# days}}',
  },

  openPage: { id: 'sessions.open-page', defaultMessage: 'Open sessions' },
  panelTitle: { id: 'sessions.panel.title', defaultMessage: 'Sessions' },
  panelNone: { id: 'sessions.panel.none', defaultMessage: 'Not logged in anywhere.' },
  panelMore: {
    id: 'sessions.panel.more',
    defaultMessage: '{count, plural, one {# more} other {# more}}',
  },
  panelAll: { id: 'sessions.panel.all', defaultMessage: 'All sessions of this user' },
  lastLogin: { id: 'sessions.panel.last-login', defaultMessage: 'Last login' },
  noLogin: { id: 'sessions.panel.no-login', defaultMessage: 'None on record' },
});
