/** The permission to see sessions. */
export const READ = [{ action: 'plugin::users-permissions.sessions.read', subject: null }];

/** The permissions to see and to end sessions, for `useRBAC`. */
export const READ_AND_REVOKE = [
  ...READ,
  { action: 'plugin::users-permissions.sessions.revoke', subject: null },
];
