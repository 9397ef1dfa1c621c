import type { Core } from '@strapi/strapi';
import type { Next } from 'koa';
import { findAccountProblem } from '../core/account';
import { TokenRefused } from '../core/errors';
import type { AccessClaims } from '../core/tokens';
import type { Authentication, AuthStrategy, StrapiContext, StrapiKoaContext } from '../shapes';
import { ignoresAuthorization } from './ignored-authorization';

interface User {
  readonly id: number;
  readonly blocked: boolean | null;
  readonly confirmed: boolean | null;
  readonly role: { readonly id: number } | null;
}

interface StrategyDependencies {
  readonly strapi: Core.Strapi;
  readonly isConfirmationRequired: () => Promise<boolean>;
  /** Returns the actions that a role may call. */
  readonly actionsOf: (roleId: number) => Promise<string[]>;
}

/** The part of Strapi's `auth` service (`@strapi/core/dist/services/auth`) that is replaced here. */
interface AuthService {
  authenticate(ctx: StrapiKoaContext, next: Next): Promise<unknown>;
}

export type Authenticate = AuthStrategy['authenticate'];

const REFUSED: Authentication = { error: 'Invalid credentials' };
/** The token may be an API token, which is a bearer token too: the next strategy checks that. */
const UNDECIDED: Authentication = { authenticated: false };

/**
 * Creates the `authenticate` of the users-permissions strategy. It does the steps of Strapi's own, which
 * turns every error into "not authenticated", so that a database fault would log users out and refuse the
 * public (docs/decisions/0007). Here a fault is thrown and becomes a 5xx.
 */
export const createAuthenticate = ({
  strapi,
  isConfirmationRequired,
  actionsOf,
}: StrategyDependencies): Authenticate => {
  // Through Strapi, since a project may have replaced these services.
  const readToken = (ctx: StrapiKoaContext): Promise<AccessClaims> | null =>
    strapi.plugin('users-permissions').service('jwt').getToken(ctx);
  const fetchUser = (id: number): Promise<User | null> =>
    strapi.plugin('users-permissions').service('user').fetchAuthenticatedUser(id);
  const findPublicPermissions = (): Promise<{ action: string }[]> =>
    strapi.plugin('users-permissions').service('permission').findPublicPermissions();

  const abilityOf = (actions: readonly string[]): Promise<unknown> =>
    strapi.contentAPI.permissions.engine.generateAbility(actions.map((action) => ({ action })));

  const authenticatePublic = async (): Promise<Authentication> => {
    const permissions = await findPublicPermissions();
    if (permissions.length === 0) return UNDECIDED;
    const ability = await abilityOf(permissions.map(({ action }) => action));
    return { authenticated: true, credentials: null, ability };
  };

  const isAllowedIn = async ({ blocked, confirmed, role }: User): Promise<boolean> => {
    const account = {
      blocked: blocked === true,
      confirmed: confirmed === true,
      hasRole: Boolean(role),
    };
    return (await findAccountProblem(account, isConfirmationRequired)) === null;
  };

  return async (ctx) => {
    let claims: AccessClaims | null;
    try {
      claims = await readToken(ctx);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return error.sessionId === undefined ? UNDECIDED : REFUSED;
    }
    if (!claims) return authenticatePublic();

    const user = await fetchUser(claims.id);
    if (!user?.role || !(await isAllowedIn(user))) return REFUSED;

    const ability = await abilityOf(await actionsOf(user.role.id));
    ctx.state.user = user;
    if (claims.sessionId !== undefined) ctx.state.session = { id: claims.sessionId };
    return { authenticated: true, credentials: user, ability };
  };
};

/** Lets Strapi authenticate the requests of some routes as if they had no `Authorization` header. */
export const ignoreAuthorization = (strapi: Core.Strapi): void => {
  const auth = strapi.get('auth') as AuthService;
  const authenticate = auth.authenticate.bind(auth);
  // Here and not in our strategy: the one for API tokens runs before it.
  auth.authenticate = (ctx, next) => {
    if (ignoresAuthorization(ctx.state.route)) delete ctx.req.headers.authorization;
    return authenticate(ctx, next);
  };
};

/**
 * Runs the plugin's own `register` with an `auth` service that replaces the `authenticate` of the
 * strategy. A registered strategy cannot be replaced any more (`@strapi/core/dist/services/auth`).
 *
 * @param register the plugin's own `register`
 */
export const registerWithStrategy = (
  register: (context: StrapiContext) => unknown,
  { strapi }: StrapiContext,
  authenticate: Authenticate,
): unknown => {
  const auth = strapi.get('auth');
  const extend = (original: AuthStrategy): AuthStrategy => ({
    ...original,
    authenticate,
  });
  const extendingAuth = {
    ...auth,
    register: (type: string, strategy: AuthStrategy) =>
      auth.register(type, type === 'content-api' ? extend(strategy) : strategy),
  };
  const strapiWithExtendingAuth: Core.Strapi = Object.create(strapi, {
    get: {
      value: (name: string) => (name === 'auth' ? extendingAuth : strapi.get(name)),
    },
  });
  return register({ strapi: strapiWithExtendingAuth });
};
