import type { Route } from '../shapes';
import { SESSIONS_READ, SESSIONS_REVOKE } from './permissions';

/** A route for administrators whose role has all these permissions. */
const route = (method: string, path: string, action: string, permissions: string[]): Route => ({
  method,
  path,
  handler: `adminSessions.${action}`,
  config: {
    policies: [
      'admin::isAuthenticatedAdmin',
      { name: 'admin::hasPermissions', config: { actions: permissions } },
    ],
  },
});

/** The routes of the admin panel, below the name of the plugin; new objects each time: Strapi writes to them at boot. */
export const adminRoutes = (): Route[] => [
  route('GET', '/sessions', 'find', [SESSIONS_READ]),
  route('GET', '/sessions/statistics', 'statistics', [SESSIONS_READ]),
  // A count of what a filter matches shows who has sessions.
  route('POST', '/sessions/revoke', 'revoke', [SESSIONS_READ, SESSIONS_REVOKE]),
];
