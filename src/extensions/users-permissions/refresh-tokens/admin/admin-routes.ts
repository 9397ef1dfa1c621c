import type { Route } from '../shapes';
import { SESSIONS_READ, SESSIONS_REVOKE } from './permissions';

/** A route for administrators whose role has this permission. */
const route = (method: string, path: string, action: string, permission: string): Route => ({
  method,
  path,
  handler: `adminSessions.${action}`,
  config: {
    policies: [
      'admin::isAuthenticatedAdmin',
      { name: 'admin::hasPermissions', config: { actions: [permission] } },
    ],
  },
});

/** The routes of the admin panel, below the name of the plugin; new objects each time: Strapi writes to them at boot. */
export const adminRoutes = (): Route[] => [
  route('GET', '/sessions', 'find', SESSIONS_READ),
  route('GET', '/sessions/statistics', 'statistics', SESSIONS_READ),
  route('POST', '/sessions/revoke', 'revoke', SESSIONS_REVOKE),
];
