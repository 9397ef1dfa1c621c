import type { Route } from './shapes';

/** No authentication in front: a stale `Authorization` header must not stop a refresh or a logout. */
const open = { prefix: '', auth: false };

/** For whoever is logged in, without a permission row: the actions ask for the user themselves. */
const loggedIn = { prefix: '', auth: { scope: [] } };

/** The routes that replace Strapi's own or are new. Paths are below `/api`. */
const ownRoutes: readonly Route[] = [
  { method: 'POST', path: '/token/refresh', handler: 'auth.refresh', config: open },
  { method: 'POST', path: '/auth/refresh', handler: 'auth.refresh', config: open },
  { method: 'POST', path: '/auth/logout', handler: 'auth.logout', config: open },
  { method: 'GET', path: '/auth/sessions', handler: 'auth.getSessions', config: loggedIn },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    handler: 'auth.revokeOtherSessions',
    config: loggedIn,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:sessionId',
    handler: 'auth.revokeSession',
    config: loggedIn,
  },
];

const addressOf = ({ method, path }: Route): string => `${method} ${path}`;

/**
 * The content API routes of users-permissions with ours in the place of Strapi's.
 *
 * Always new objects: Strapi's own live as long as the process and are written to at boot, so that
 * a second boot would see what the first one left.
 */
export const extendRoutes = (original: readonly Route[]): Route[] => {
  const replaced = new Set(ownRoutes.map(addressOf));
  return [...ownRoutes, ...original.filter((route) => !replaced.has(addressOf(route)))].map(
    (route) => ({ ...route, config: structuredClone(route.config ?? {}) }),
  );
};
