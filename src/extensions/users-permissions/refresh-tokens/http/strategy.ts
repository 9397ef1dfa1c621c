import type { Core } from '@strapi/strapi';
import { findAccountProblem } from '../core/account';
import { TokenRefused } from '../core/errors';
import type { AccessClaims } from '../core/tokens';
import type { Authentication, AuthStrategy, StrapiContext, StrapiKoaContext } from '../shapes';
import { bearerTokenOf } from './request';

interface User {
  readonly id: number;
  readonly blocked: boolean | null;
  readonly confirmed: boolean | null;
  readonly role: { readonly id: number } | null;
}

interface StrategyDependencies {
  readonly strapi: Core.Strapi;
  /** Verifies an access token, and that its session is live. Throws `TokenRefused`. */
  readonly authenticate: (accessToken: string) => Promise<AccessClaims>;
  readonly isConfirmationRequired: () => Promise<boolean>;
  /** Returns the actions that a role may call. */
  readonly actionsOf: (roleId: number) => Promise<string[]>;
}

/** @param original Strapi's own strategy */
export type Authenticate = (
  ctx: StrapiKoaContext,
  original: AuthStrategy,
) => Promise<Authentication>;

const REFUSED: Authentication = { error: 'Invalid credentials' };
/** The token may be an API token, which is a bearer token too: the next strategy checks that. */
const UNDECIDED: Authentication = { authenticated: false };

/**
 * Creates the `authenticate` of the users-permissions strategy: Strapi's own, with the check of the
 * session. Strapi's turns every error into "not authenticated", so a database fault would log users out
 * (docs/decisions/0007). Here a fault is thrown and becomes a 5xx.
 *
 * A request without a bearer token goes to Strapi's own strategy (the public role).
 */
export const createAuthenticate = ({
  strapi,
  authenticate,
  isConfirmationRequired,
  actionsOf,
}: StrategyDependencies): Authenticate => {
  // Through Strapi, since a project may have replaced this service.
  const fetchUser = (id: number): Promise<User | null> =>
    strapi.plugin('users-permissions').service('user').fetchAuthenticatedUser(id);

  const abilityOf = async (role: { id: number }): Promise<unknown> => {
    const actions = await actionsOf(role.id);
    return strapi.contentAPI.permissions.engine.generateAbility(
      actions.map((action) => ({ action })),
    );
  };

  const isAllowedIn = async ({ blocked, confirmed, role }: User): Promise<boolean> => {
    const account = {
      blocked: blocked === true,
      confirmed: confirmed === true,
      hasRole: Boolean(role),
    };
    return (await findAccountProblem(account, isConfirmationRequired)) === null;
  };

  return async (ctx, { authenticate: authenticatePublic }) => {
    const token = bearerTokenOf(ctx);
    if (token === undefined) return authenticatePublic(ctx);

    let claims: AccessClaims;
    try {
      claims = await authenticate(token);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return error.sessionId === undefined ? UNDECIDED : REFUSED;
    }

    const user = await fetchUser(claims.id);
    if (!user?.role || !(await isAllowedIn(user))) return REFUSED;

    const ability = await abilityOf(user.role);
    ctx.state.user = user;
    if (claims.sessionId !== undefined) ctx.state.session = { id: claims.sessionId };
    return { authenticated: true, credentials: user, ability };
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
    authenticate: (ctx) => authenticate(ctx, original),
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
