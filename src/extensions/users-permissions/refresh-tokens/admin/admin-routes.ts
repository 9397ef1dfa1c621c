import type { Route } from '../shapes';
import { SESSIONS_READ, SESSIONS_REVOKE } from './permissions';

/** For administrators whose role has this permission. */
const permitted = (action: string) => ({
  policies: [
    'admin::isAuthenticatedAdmin',
    { name: 'admin::hasPermissions', config: { actions: [action] } },
  ],
});

/** The routes of the admin panel, below the name of the plugin; new objects each time: Strapi writes to them at boot. */
export const adminRoutes = (): Route[] => [
  {
    method: 'GET',
    path: '/sessions',
    handler: 'adminSessions.find',
    config: permitted(SESSIONS_READ),
  },
  {
    method: 'GET',
    path: '/sessions/statistics',
    handler: 'adminSessions.statistics',
    config: permitted(SESSIONS_READ),
  },
  {
    method: 'POST',
    path: '/sessions/revoke',
    handler: 'adminSessions.revoke',
    config: permitted(SESSIONS_REVOKE),
  },
];
