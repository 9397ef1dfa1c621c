import type { Action, Route } from './shapes';

/** No authentication in front: a stale `Authorization` header must not stop a refresh or a logout. */
const open = { prefix: '', auth: false };

/** Below `/api` itself, not below the name of the plugin. */
const closed = { prefix: '' };

/** Looks an action of the `auth` controller up. */
type ActionOf = (name: string) => Action;

/**
 * The routes that replace Strapi's own or are new.
 *
 * Those of the sessions have a function as their handler. With a name Strapi would ask for the
 * permission of that name, a row that databases made by an older Strapi lack; with a function any
 * logged-in user is let in.
 */
const ownRoutes = (actionOf: ActionOf): Route[] => [
  { method: 'POST', path: '/token/refresh', handler: 'auth.refresh', config: open },
  { method: 'POST', path: '/auth/refresh', handler: 'auth.refresh', config: open },
  { method: 'POST', path: '/auth/logout', handler: 'auth.logout', config: open },
  {
    method: 'GET',
    path: '/auth/sessions',
    handler: actionOf('getSessions'),
    config: closed,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    handler: actionOf('revokeOtherSessions'),
    config: closed,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:sessionId',
    handler: actionOf('revokeSession'),
    config: closed,
  },
];

const addressOf = ({ method, path }: Route): string => `${method} ${path}`;

/**
 * The content API routes of users-permissions with ours in the place of Strapi's.
 *
 * Always new objects: Strapi's own live as long as the process and are written to at boot, so that
 * a second boot would see what the first one left.
 */
export const extendRoutes = (original: readonly Route[], actionOf: ActionOf): Route[] => {
  const own = ownRoutes(actionOf);
  const replaced = new Set(own.map(addressOf));
  return [...own, ...original.filter((route) => !replaced.has(addressOf(route)))].map((route) => ({
    ...route,
    config: structuredClone(route.config ?? {}),
  }));
};
