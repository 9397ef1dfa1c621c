import cloneDeepWith from 'lodash/cloneDeepWith';
import isPlainObject from 'lodash/isPlainObject';
import { z } from 'zod';
import {
  keySetResponse,
  loginResponses,
  logoutBody,
  logoutResponse,
  refreshBody,
  refreshResponse,
  revokeOtherSessionsResponse,
  revokeSessionResponse,
  sessionParams,
  sessionsResponse,
  withRememberMe,
} from './http/schemas';
import type { Action, ContentApiRoutes, Controller, Route } from './shapes';

const RATE_LIMIT = 'plugin::users-permissions.rateLimit';
const PLAIN_BODY = 'plugin::users-permissions.requirePlainBody';
const NUMERIC_ID = 'plugin::users-permissions.requireNumericId';

/** The path begins below `/api`, not below `/api/users-permissions`. */
const BELOW_API = { prefix: '' };

/**
 * A user is needed. Strapi takes an API token here too, and fails with a 500 on a custom one where a route
 * has no scope (`@strapi/admin/dist/server/server/src/strategies/content-api-token.js`): only the strategy
 * of this plugin is asked. An empty scope admits the public as well, whom the action refuses.
 */
const AUTHENTICATED = { ...BELOW_API, auth: { strategies: ['users-permissions'], scope: [] } };

/** Strapi does not authenticate: a stale `Authorization` header must not stop a refresh, for example. */
const UNAUTHENTICATED = { ...BELOW_API, auth: false };

/** Looks the action up at each request: when routes are declared, controllers do not exist yet. */
const actionOf =
  (name: string): Action =>
  (...call) => {
    const controller = strapi.plugin('users-permissions').controller('auth') as Controller;
    const action = controller[name];
    if (!action) throw new Error(`The auth controller has no action "${name}"`);
    return action(...call);
  };

/**
 * Returns the routes that are new or replace Strapi's own.
 *
 * The handlers of the session routes are functions. For a name, Strapi requires the permission of that
 * name, and databases of older Strapi versions have no row for it. For a function, it
 * requires none (`@strapi/core/dist/services/server/register-routes.js`).
 */
const ownRoutes = (sendKeySet: Action): Route[] => [
  ...['/token/refresh', '/auth/refresh'].map((path) => ({
    method: 'POST',
    path,
    handler: 'auth.refresh',
    config: UNAUTHENTICATED,
    request: { body: { 'application/json': refreshBody } },
    response: refreshResponse,
  })),
  {
    method: 'POST',
    path: '/auth/logout',
    handler: 'auth.logout',
    config: UNAUTHENTICATED,
    request: { body: { 'application/json': logoutBody } },
    response: logoutResponse,
  },
  {
    method: 'GET',
    path: '/auth/sessions',
    handler: actionOf('getSessions'),
    config: AUTHENTICATED,
    response: sessionsResponse,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    handler: actionOf('revokeOtherSessions'),
    config: AUTHENTICATED,
    response: revokeOtherSessionsResponse,
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:sessionId',
    handler: actionOf('revokeSession'),
    config: AUTHENTICATED,
    request: { params: sessionParams },
    response: revokeSessionResponse,
  },
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    handler: sendKeySet,
    config: UNAUTHENTICATED,
    response: keySetResponse,
  },
];

const endpointOf = ({ method, path }: Route): string => `${method} ${path}`;

const withMiddleware = (name: string, route: Route): Route => ({
  ...route,
  config: { ...route.config, middlewares: [...(route.config?.middlewares ?? []), name] },
});

/** Puts `requirePlainBody` in front of Strapi's own actions that take a body. */
const withPlainBody = (route: Route): Route =>
  /^(POST|PUT) \/(auth|users|roles)(\/|$)/.test(endpointOf(route))
    ? withMiddleware(PLAIN_BODY, route)
    : route;

/** Puts `requireNumericId` in front of Strapi's own actions on one user or one role. */
const withNumericId = (route: Route): Route =>
  /^\/(users|roles)\/:/.test(route.path) ? withMiddleware(NUMERIC_ID, route) : route;

/** Strapi limits all other login routes. */
const PROVIDER_CALLBACK = 'GET /auth/:provider/callback';

/** Limits the callback of a provider like the other routes by which users log in. */
const withLimit = (route: Route): Route =>
  endpointOf(route) === PROVIDER_CALLBACK ? withMiddleware(RATE_LIMIT, route) : route;

/** Documents `rememberMe` in the body of Strapi's own login and registration. */
const withLoginBody = (route: Route): Route => {
  const body = route.request?.body?.['application/json'];
  if (!body || !/^POST \/auth\/local(\/register)?$/.test(endpointOf(route))) return route;
  return {
    ...route,
    request: { ...route.request, body: { 'application/json': withRememberMe(body) } },
  };
};

/** Returns Strapi's schema of a user in a response: that of `GET /users/me`. */
const userSchemaOf = (routes: readonly Route[]): z.ZodType =>
  routes.find((route) => endpointOf(route) === 'GET /users/me')?.response ?? z.looseObject({});

/** Returns the routes of the router that Strapi passes, or that other code has put in its place: an object as well. */
export const routesOf = (router: ContentApiRoutes | ReturnType<ContentApiRoutes>): Route[] =>
  (typeof router === 'function' ? router({ strapi }) : router).routes;

/** Routes of other code may have functions, and objects of classes, in their config: those are not copied. */
const keepOthers = (value: unknown): unknown =>
  Array.isArray(value) || isPlainObject(value) ? undefined : value;

/**
 * Returns the content API routes of users-permissions with ours added and in place of Strapi's.
 *
 * All are new objects: Strapi's own exist once in a process and are changed at boot, so a second boot
 * (`strapi develop`, tests) would see the changes of the first.
 *
 * @param original Strapi's routes
 * @param sendKeySet the action of `GET /.well-known/jwks.json`
 */
export const extendRoutes = (original: readonly Route[], sendKeySet: Action): Route[] => {
  const own = ownRoutes(sendKeySet);
  const replaced = new Set(own.map(endpointOf));
  const responses = loginResponses(userSchemaOf(original));
  const kept = original
    .filter((route) => !replaced.has(endpointOf(route)))
    .map(withPlainBody)
    .map(withNumericId)
    .map(withLimit)
    .map(withLoginBody)
    .map((route) => ({ ...route, response: responses[endpointOf(route)] ?? route.response }));
  return [...own, ...kept].map((route) => ({
    ...route,
    config: cloneDeepWith(route.config ?? {}, keepOthers),
  }));
};
