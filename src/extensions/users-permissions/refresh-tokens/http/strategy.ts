import type { Core } from '@strapi/strapi';
import type { Next } from 'koa';
import isNil from 'lodash/isNil';
import { findAccountProblem } from '../core/account';
import type { CallerUser, StoredCaller } from '../core/caller';
import { nullIfRefused, TokenRefused } from '../core/errors';
import { userIdOf, type AccessClaims } from '../core/tokens';
import { requireSession } from '../services/require-session';
import type { Authentication, AuthStrategy, StrapiContext, StrapiKoaContext } from '../shapes';
import { createAbilities, type Permission } from './abilities';
import { ignoresAuthorization } from './ignored-authorization';

interface StrategyDependencies {
  readonly strapi: Core.Strapi;
  readonly isConfirmationRequired: () => Promise<boolean>;
  /** Verifies an access token, not its session. @throws {TokenRefused} */
  readonly readAccessToken: (token: unknown) => AccessClaims;
  /** Reads all that an access token leads to, in one statement. */
  readonly findCaller: (sessionId: string) => Promise<StoredCaller | null>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the method of a service is Strapi's own. */
  readonly isStock: (service: string, method: string) => boolean;
  /** The `verify` of our `jwt` service. */
  readonly ownVerify: unknown;
}

/** The part of Strapi's `auth` service (`@strapi/core/dist/services/auth`) that is extended here. */
interface AuthService {
  authenticate(ctx: StrapiKoaContext, next: Next): Promise<unknown>;
  register(type: string, strategy: AuthStrategy): unknown;
}

type Authenticate = AuthStrategy['authenticate'];

/** How requests to the content API are authenticated. */
export interface Authenticator {
  /** The `authenticate` of the users-permissions strategy. */
  readonly authenticate: Authenticate;
  /** Returns the `authenticate` of a request whose access token is genuine; null for every other request. */
  authenticateOwn(ctx: StrapiKoaContext): Authenticate | null;
  /** Returns the methods of services that a project has replaced, so that they are asked; none in the fast way. */
  replacedMethods(): string[];
}

interface JwtService {
  readonly verify: unknown;
  getToken(ctx: StrapiKoaContext): unknown;
}

/** The claims of a token that is tied to no session and that other code may have issued. */
type IssuedClaims = Pick<AccessClaims, 'sessionId'> & { readonly id?: unknown };

const REFUSED: Authentication = { error: 'Invalid credentials' };
/** The token may be an API token, which is a bearer token too: the next strategy checks that. */
const UNDECIDED: Authentication = { authenticated: false };

/** The methods of services that `findCaller` and the reading of a token stand for. */
const STOCK_METHODS = [
  ['jwt', 'getToken'],
  ['user', 'fetchAuthenticatedUser'],
  ['permission', 'findRolePermissions'],
  ['permission', 'toContentAPIPermission'],
] as const;

/**
 * Creates the authentication of the content API. It does the steps of Strapi's own strategy, which turns every error
 * into "not authenticated", so that a database fault would log users out and refuse the public (docs/decisions/0007).
 * Here a fault is thrown and becomes a 5xx.
 *
 * A genuine token of a session takes one statement (docs/decisions/0035). Where a project has replaced a service that
 * the statement stands for, that is asked as Strapi asks it.
 */
export const createAuthenticator = ({
  strapi,
  isConfirmationRequired,
  readAccessToken,
  findCaller,
  now,
  isStock,
  ownVerify,
}: StrategyDependencies): Authenticator => {
  // Through Strapi, since a project may have replaced these services.
  const service = (name: string) => strapi.plugin('users-permissions').service(name);
  const readToken = (ctx: StrapiKoaContext): Promise<IssuedClaims> | null =>
    service('jwt').getToken(ctx);
  const abilityOf = createAbilities(strapi);
  const toPermission = (permission: object): Permission =>
    service('permission').toContentAPIPermission(permission);

  const authenticatePublic = async (): Promise<Authentication> => {
    const permissions: object[] = await service('permission').findPublicPermissions();
    if (permissions.length === 0) return UNDECIDED;
    const ability = await abilityOf(permissions.map(toPermission));
    return { authenticated: true, credentials: null, ability };
  };

  const isAllowedIn = async ({ blocked, confirmed, role }: CallerUser): Promise<boolean> => {
    const account = {
      blocked: blocked === true,
      confirmed: confirmed === true,
      hasRole: Boolean(role),
    };
    return (await findAccountProblem(account, isConfirmationRequired)) === null;
  };

  const admit = async (
    ctx: StrapiKoaContext,
    sessionId: string | undefined,
    user: CallerUser,
    permissions: readonly Permission[],
  ): Promise<Authentication> => {
    const ability = await abilityOf(permissions);
    ctx.state.user = user;
    if (sessionId !== undefined) ctx.state.session = { id: sessionId };
    return { authenticated: true, credentials: user, ability };
  };

  const authenticate: Authenticate = async (ctx) => {
    let claims: IssuedClaims | null;
    try {
      claims = await readToken(ctx);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return error.sessionId === undefined ? UNDECIDED : REFUSED;
    }
    if (!claims) return authenticatePublic();

    // Other code issues tokens with any payload, and Strapi's query for no id finds somebody.
    const id = isStock('user', 'fetchAuthenticatedUser') ? userIdOf(claims.id) : claims.id;
    if (isNil(id)) return UNDECIDED;
    const user: CallerUser | null = await service('user').fetchAuthenticatedUser(id);
    if (!user?.role || !(await isAllowedIn(user))) return REFUSED;
    const permissions: object[] = await service('permission').findRolePermissions(user.role.id);
    return admit(ctx, claims.sessionId, user, permissions.map(toPermission));
  };

  const authenticateSession = async (
    ctx: StrapiKoaContext,
    claims: AccessClaims & { readonly sessionId: string },
  ): Promise<Authentication> => {
    const caller = await findCaller(claims.sessionId);
    const user = nullIfRefused(() => requireSession(claims, caller, now()));
    if (!caller || !user || !(await isAllowedIn(user))) return REFUSED;
    const permissions = caller.actions.map((action) => ({ action }));
    return admit(ctx, claims.sessionId, user, permissions);
  };

  const replacedMethods = (): string[] => {
    const isOwnVerify = (service('jwt') as unknown as JwtService).verify === ownVerify;
    const replaced = STOCK_METHODS.filter(([name, method]) => !isStock(name, method));
    return [...(isOwnVerify ? [] : ['jwt.verify']), ...replaced.map((method) => method.join('.'))];
  };

  return {
    authenticate,

    replacedMethods,

    authenticateOwn(ctx) {
      const replaced = replacedMethods();
      if (replaced.some((method) => method.startsWith('jwt.'))) return null;
      const reader = { verify: readAccessToken };
      const { getToken } = service('jwt') as unknown as JwtService;
      const claims = nullIfRefused(() => getToken.call(reader, ctx) as AccessClaims | null);
      if (!claims) return null;
      const { sessionId } = claims;
      return sessionId !== undefined && replaced.length === 0
        ? () => authenticateSession(ctx, { ...claims, sessionId })
        : authenticate;
    },
  };
};

/** A route may name strategies of its own, or need none. */
const usesOurStrategy = (route: StrapiKoaContext['state']['route']): boolean =>
  route?.info?.type === 'content-api' &&
  route.config?.auth !== false &&
  !route.config?.auth?.strategies;

/**
 * Runs the plugin's own `register` with an `auth` service that replaces the `authenticate` of the strategy. A registered
 * strategy cannot be replaced any more (`@strapi/core/dist/services/auth`). The `auth` service itself then
 * - authenticates the requests of some routes as if they had no `Authorization` header,
 * - asks our strategy alone about a token that is genuinely ours: the strategy for API tokens runs before, and looks
 *   every bearer token up in its table.
 *
 * @param register the plugin's own `register`
 */
export const registerWithStrategy = (
  register: (context: StrapiContext) => unknown,
  { strapi }: StrapiContext,
  { authenticate, authenticateOwn }: Authenticator,
): unknown => {
  const service = strapi.get('auth') as AuthService;
  const original = service.authenticate.bind(service);
  let strategy: AuthStrategy | undefined;

  service.authenticate = async (ctx, next) => {
    const { route } = ctx.state;
    if (ignoresAuthorization(route)) delete ctx.req.headers.authorization;
    const own = usesOurStrategy(route) ? authenticateOwn(ctx) : null;
    if (!own) return original(ctx, next);

    const auth = { ...route.config?.auth, strategies: [{ ...strategy, authenticate: own }] };
    ctx.state.route = { ...route, config: { ...route.config, auth } };
    const restoreRoute = (): void => {
      ctx.state.route = route;
    };
    return original(ctx, () => {
      restoreRoute();
      return next();
    }).finally(restoreRoute);
  };

  const extendingAuth = {
    ...service,
    register: (type: string, registered: AuthStrategy) => {
      if (type !== 'content-api') return service.register(type, registered);
      strategy = { ...registered, authenticate };
      return service.register(type, strategy);
    },
  };
  const strapiWithExtendingAuth: Core.Strapi = Object.create(strapi, {
    get: {
      value: (name: string) => (name === 'auth' ? extendingAuth : strapi.get(name)),
    },
  });
  return register({ strapi: strapiWithExtendingAuth });
};
