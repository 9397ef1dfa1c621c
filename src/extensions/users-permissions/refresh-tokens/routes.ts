import cloneDeep from 'lodash/cloneDeep';
import { z } from 'zod';
import {
  loginAnswers,
  logoutAnswer,
  logoutBody,
  refreshAnswer,
  refreshBody,
  revokedAnswer,
  revokedOthersAnswer,
  sessionParams,
  sessionsAnswer,
} from './http/schemas';
import type { Action, Controller, Route } from './shapes';

const PLAIN_BODY = 'plugin::users-permissions.requirePlainBody';

/** No authentication in front: a stale `Authorization` header must not stop a refresh or a logout. */
const open = { prefix: '', auth: false };

/** Below `/api` itself, not below the name of the plugin. */
const closed = { prefix: '' };

/** Finds the action when it is called: Strapi makes controllers after routes, and other code may wrap them. */
const actionOf =
  (name: string): Action =>
  (...call) => {
    const controller = strapi.plugin('users-permissions').controller('auth') as Controller;
    const action = controller[name];
    if (!action) throw new Error(`The auth controller has no action "${name}"`);
    return action(...call);
  };

/**
 * The routes that replace Strapi's own or are new.
 *
 * Those of the sessions have a function as their handler. With a name Strapi would ask for the
 * permission of that name, a row that databases made by an older Strapi lack; with a function any
 * logged-in user is let in.
 */
const ownRoutes = (): Route[] => [
  ...['/token/refresh', '/auth/refresh'].map((path) => ({
    method: 'POST',
    path,
    handler: 'auth.refresh',
    config: open,
    request: { body: { 'application/json': refreshBody } },
    response: refreshAnswer,
  })),
  {
    method: 'POST',
    path: '/auth/logout',
    handler: 'auth.logout',
    config: open,
    request: { body: { 'application/json': logoutBody } },
    response: logoutAnswer,
  },
  {
    method: 'GET',
    path: '/auth/sessions',
    handler: actionOf('getSessions'),
    config: closed,
    response: sessionsAnswer,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    handler: actionOf('revokeOtherSessions'),
    config: closed,
    response: revokedOthersAnswer,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:sessionId',
    handler: actionOf('revokeSession'),
    config: closed,
    request: { params: sessionParams },
    response: revokedAnswer,
  },
];

const addressOf = ({ method, path }: Route): string => `${method} ${path}`;

/** Strapi's own actions that take a body get one that they can take. */
const requiringPlainBody = (route: Route): Route => {
  if (route.method !== 'POST' || !route.path.startsWith('/auth/')) return route;
  const middlewares = [...(route.config?.middlewares ?? []), PLAIN_BODY];
  return { ...route, config: { ...route.config, middlewares } };
};

/** Strapi's description of a user, which its answer to "who am I" has. */
const userSchemaOf = (routes: readonly Route[]): z.ZodType =>
  routes.find((route) => addressOf(route) === 'GET /users/me')?.response ?? z.looseObject({});

/**
 * The content API routes of users-permissions with ours in the place of Strapi's.
 *
 * Always new objects: Strapi's own live as long as the process and are written to at boot, so that
 * a second boot would see what the first one left.
 */
export const extendRoutes = (original: readonly Route[]): Route[] => {
  const own = ownRoutes();
  const replaced = new Set(own.map(addressOf));
  const answers = loginAnswers(userSchemaOf(original));
  const kept = original
    .filter((route) => !replaced.has(addressOf(route)))
    .map(requiringPlainBody)
    .map((route) => ({ ...route, response: answers[addressOf(route)] ?? route.response }));
  return [...own, ...kept].map((route) => ({
    ...route,
    // Not `structuredClone`: a project's own routes may have functions in their config.
    config: cloneDeep(route.config ?? {}),
  }));
};
