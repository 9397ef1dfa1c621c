import type { Route } from '../shapes';

/**
 * The routes by which one logs in. A client with a stale token must be able to log in again, so that a
 * bad `Authorization` header is no 401 there; the permissions of the Public role decide.
 */
const IGNORING_AUTHORIZATION: ReadonlySet<string> = new Set([
  'GET /connect/(.*)',
  'POST /auth/local',
  'POST /auth/local/register',
  'GET /auth/:provider/callback',
  'POST /auth/forgot-password',
  'POST /auth/reset-password',
  'GET /auth/email-confirmation',
  'POST /auth/send-email-confirmation',
]);

/** A route as Strapi describes it in `ctx.state.route`; GraphQL leaves out method and path. */
type DeclaredRoute = Partial<Pick<Route, 'method' | 'path'>> & {
  readonly info?: Readonly<Record<string, string>>;
};

/**
 * Returns whether a route ignores the `Authorization` header. The declared path counts, so that neither
 * the prefix of the API nor the spelling of the request matters, and a handler of a project's own is
 * covered as well.
 */
export const ignoresAuthorization = (route: DeclaredRoute | undefined): boolean =>
  route?.info?.pluginName === 'users-permissions' &&
  IGNORING_AUTHORIZATION.has(`${route.method} ${route.path}`);
