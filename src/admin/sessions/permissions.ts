/** What an admin needs to see sessions. */
export const READ = [{ action: 'plugin::users-permissions.sessions.read', subject: null }];

/** What an admin needs to see sessions, and what to end them; for `useRBAC`. */
export const READ_AND_REVOKE = [
  ...READ,
  { action: 'plugin::users-permissions.sessions.revoke', subject: null },
];
